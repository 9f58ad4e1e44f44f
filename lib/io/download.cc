#include "io/download.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "io/child_process.h"
#include "io/file.h"
#include "io/sha256.h"
#include "io/verified_copy.h"

namespace rod::io {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLongestAnswer = 1 << 12;

// curl's exit codes, and answers of servers, that another try does not change.
constexpr int kBadProtocol = 1, kBadAddress = 3, kHttpError = 22, kNoRanges = 33;
constexpr int kRequestTimeout = 408, kBadRange = 416, kTooManyRequests = 429;

// A transfer that failed.
class TransferError : public Error {
 public:
  TransferError(const std::string& message, bool may_pass)
      : Error(ErrorKind::kFailed, message), may_pass_(may_pass) {}
  bool may_pass() const { return may_pass_; }

 private:
  bool may_pass_;
};

constexpr RetryPolicy kTries{.give_up_after = std::chrono::milliseconds::max(),
                             .first_pause = std::chrono::milliseconds(500),
                             .longest_pause = std::chrono::milliseconds(4000),
                             .max_tries = 4,
                             .retries = [](const Error& error) {
                               const auto* failed = dynamic_cast<const TransferError*>(&error);
                               return failed != nullptr && failed->may_pass();
                             }};

std::uint64_t size_of(const fs::path& path) {
  std::error_code absent;
  const auto size = fs::file_size(path, absent);
  return absent ? 0 : size;
}

void empty(const fs::path& path) {
  if (::truncate(path.c_str(), 0) != 0) throw_errno(path.string(), "empty");
}

std::string text_of(const File& file) {
  std::string text(kLongestAnswer, '\0');
  text.resize(file.read_some(std::as_writable_bytes(std::span(text)), 0));
  const auto end = text.find_last_not_of("\r\n ");
  return text.substr(0, end == text.npos ? 0 : end + 1);
}

std::vector<std::string> curl_command(const Download& what, const fs::path& part) {
  // -q: a person's own .curlrc may ask for anything.
  return {"curl",
          "-q",
          "--silent",
          "--show-error",
          "--fail",
          "--location",
          "--max-redirs",
          "5",
          "--proto",
          "=http,https",
          "--connect-timeout",
          "20",
          "--speed-limit",
          "1",
          "--speed-time",
          "30",
          "--max-filesize",
          fmt::format("{}", what.max_bytes),
          "--write-out",
          "%{http_code}",
          "--continue-at",
          "-",
          "--output",
          part.string(),
          "--url",
          what.address};
}

// One run of curl, which appends to `part`.
void transfer(const Download& what, const fs::path& part, const DownloadHooks& hooks) {
  const File output = memory_file("answer"), errors = memory_file("complaints");
  ChildProcess curl(curl_command(what, part), output, errors);
  const auto refuse_excess = [&](std::uint64_t bytes) {
    if (bytes <= what.max_bytes) return;
    empty(part);
    throw Error(ErrorKind::kFailed, fmt::format("{}: serves more than {} bytes, expected fewer",
                                                what.address, what.max_bytes));
  };
  const int code = curl.wait([&] {
    if (hooks.stop) hooks.stop();
    const std::uint64_t bytes = size_of(part);
    refuse_excess(bytes);
    if (hooks.progress) hooks.progress(bytes);
  });
  refuse_excess(size_of(part));
  if (code == 0) return;
  const int http = std::atoi(text_of(output).c_str());
  const bool no_resume = code == kNoRanges || (code == kHttpError && http == kBadRange);
  if (no_resume && size_of(part) > 0) empty(part);
  const bool final_answer = code == kHttpError && http >= 400 && http < 500 && !no_resume &&
                            http != kRequestTimeout && http != kTooManyRequests;
  throw TransferError(fmt::format("{}: {}", what.address,
                                  text_of(errors).empty() ? fmt::format("curl ended with {}", code)
                                                          : text_of(errors)),
                      code != kBadProtocol && code != kBadAddress && !final_answer);
}

// Tries anew for as long as each round of tries brings something.
void transfer_with_retries(const Download& what, const fs::path& part, const DownloadHooks& hooks) {
  for (;;) {
    const std::uint64_t before = size_of(part);
    try {
      retry(kTries, hooks.stop, hooks.log, [&] { transfer(what, part, hooks); });
      return;
    } catch (const Error& error) {
      const bool is_final = dynamic_cast<const TransferError*>(&error) != nullptr;
      if (is_final || error.kind() != ErrorKind::kFailed || size_of(part) <= before) throw;
    }
  }
}

// Until `part` holds the right bytes.
void fetch(const Download& what, const fs::path& part, const DownloadHooks& hooks) {
  // Bytes of an earlier call may be of another file: then all is fetched once more.
  for (bool anew = size_of(part) == 0;; anew = true) {
    std::string found = anew ? "" : sha256_of_file(part);
    if (!found.starts_with(what.sha256) || found.empty()) {
      transfer_with_retries(what, part, hooks);
      found = sha256_of_file(part);
    }
    if (found.starts_with(what.sha256)) return;
    const std::uint64_t bytes = size_of(part);
    empty(part);
    if (!anew) continue;
    throw Error(ErrorKind::kFailed,
                fmt::format("{}: serves {} bytes whose SHA-256 is {}, expected one that begins "
                            "with {}; the download was discarded",
                            what.address, bytes, found, what.sha256));
  }
}

}  // namespace

fs::path partial_path(const fs::path& to) {
  return to.parent_path() / fmt::format(".{}.part", to.filename().string());
}

void download(const Download& what, const DownloadHooks& hooks) {
  if (!what.address.starts_with("http://") && !what.address.starts_with("https://")) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{}: is not an address, expected http://… or https://…", what.address));
  }
  if (!what.to.parent_path().empty()) make_folders(what.to.parent_path());
  const fs::path part = partial_path(what.to);
  const FileLock lock(part, what.to.string());
  try {
    fetch(what, part, hooks);
  } catch (...) {
    if (size_of(part) == 0) fs::remove(part);  // nothing to resume
    throw;
  }
  File(::open(part.c_str(), O_RDWR | O_CLOEXEC), part.string()).sync();
  move_or_copy(part, what.to);
}

}  // namespace rod::io
