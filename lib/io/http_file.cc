#include "io/http_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "io/s3.h"

namespace rod::io {
namespace {

constexpr unsigned kMostRedirects = 5;
// Asked for when the file is opened, and kept: the header of most formats.
constexpr std::size_t kHead = std::size_t{256} << 10;
// A request that brought so much, or a quarter of what was asked, before it failed does not count
// as a failure in a row.
constexpr std::size_t kProgress = std::size_t{64} << 10;

constexpr std::size_t kMostComplaint = 4096;  // of the text of a refusal

void append_bytes(std::string& text, std::span<const std::byte> bytes) {
  text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// What tells one content from another; an absent header is "".
struct Identity {
  std::uint64_t bytes = 0;
  std::string etag, modified;

  bool operator==(const Identity&) const = default;
};

// Empty if there is none that can be read.
ContentRange range_of(const HttpHead& head) {
  const auto text = head.header("content-range");
  return text ? parse_content_range(*text).value_or(ContentRange{}) : ContentRange{};
}

Identity identity_of(const HttpHead& head, std::uint64_t bytes) {
  return {bytes, head.header("etag").value_or(""), head.header("last-modified").value_or("")};
}

class HttpFile final : public RandomAccessFile {
 public:
  HttpFile(const Address& address, const HttpFileOptions& options)
      : origin_(address),
        options_(options),
        name_(options.name.empty() ? address.shown() : options.name),
        target_(address) {
    if (!options_.transport) options_.transport = curl_transport();
    retry(options_.how, [this] { probe(); });
  }

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return identity_.bytes; }
  std::string version() const override {
    if (identity_.etag.empty() && identity_.modified.empty()) return {};
    const std::string text =
        fmt::format("{}\n{}\n{}", identity_.bytes, identity_.etag, identity_.modified);
    return hash128(std::string_view(text)).hex();
  }
  bool serves_ranges() const { return serves_ranges_; }

  std::size_t read_at(std::span<std::byte> out, std::uint64_t offset) const override {
    if (offset >= size()) return 0;
    out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size() - offset)));
    if (offset + out.size() <= head_.size()) {
      std::memcpy(out.data(), head_.data() + offset, out.size());
      return out.size();
    }
    for (std::size_t done = 0; done < out.size();)
      retry(options_.how, [&] { read_some(out, offset, done); });
    return out.size();
  }

  // The whole file in order. Requires: !serves_ranges().
  std::shared_ptr<const RandomAccessFile> fetch() const;

 private:
  using Check = std::function<bool(const HttpHead&)>;

  // The range [first, last] of a request.
  static HttpHeaders range(std::uint64_t first, std::uint64_t last) {
    return {{"Range", fmt::format("bytes={}-{}", first, last)}};
  }

  [[noreturn]] void throw_passing(const std::string& why) const {
    throw SystemError(ErrorKind::kFailed, EAGAIN, fmt::format("{}: {}", name_, why),
                      "; run the same command again");
  }

  [[noreturn]] void throw_changed(const Identity& now) const {
    throw BadInput(fmt::format(
        "{}: changed while it was being read: it had {} bytes and now has {}{}; run the command "
        "again",
        name_, identity_.bytes, now.bytes,
        now.bytes == identity_.bytes ? " with another ETag or date" : ""));
  }

  void require_same(const Identity& now) const {
    if (now != identity_) throw_changed(now);
  }

  void require_plain(const HttpHead& head) const {
    const auto encoding = head.header("content-encoding");
    if (!encoding || *encoding == "identity" || encoding->empty()) return;
    throw Error(ErrorKind::kFailed,
                fmt::format("{}: the server applies a content encoding, although it was asked not "
                            "to; download the file first",
                            name_));
  }

  void probe() {
    std::vector<std::byte> bytes;
    const Check check = [&](const HttpHead& head) {
      bytes.clear();
      const ContentRange served = range_of(head);
      if (head.status == 416 && served.total == 0u) {
        identity_ = identity_of(head, 0);
        return false;
      }
      if (head.status != 200 && head.status != 206) throw_for_status(name_, head);
      require_plain(head);
      serves_ranges_ = true;
      if (head.status == 206 && served.bytes && served.total) {
        if (served.bytes->first != 0) throw_passing("the server sent another range than requested");
        identity_ = identity_of(head, *served.total);
        return true;
      }
      if (head.status == 206 && !served.bytes)
        throw_passing("the server sent no readable Content-Range");
      serves_ranges_ = false;
      identity_ = identity_of(head, 0);
      return false;
    };
    bool began = false;
    try {
      follow(range(0, kHead - 1), check, [&](std::span<const std::byte> piece) {
        began = true;
        if (bytes.size() + piece.size() > kHead)
          throw_passing("the server sent more than was asked");
        bytes.insert(bytes.end(), piece.begin(), piece.end());
      });
    } catch (const SystemError& error) {
      if (!is_transient(error) || !began) throw;  // what was asked of the server is known
    }
    if (serves_ranges_ && bytes.size() < std::min<std::uint64_t>(kHead, identity_.bytes))
      bytes.clear();  // a server may send less; it is read later
    head_ = std::move(bytes);
  }

  // Reads from out[done] on, and counts `done` up.
  void read_some(std::span<std::byte> out, std::uint64_t offset, std::size_t& done) const {
    const std::size_t before = done;
    const std::uint64_t first = offset + done, last = offset + out.size() - 1;
    std::uint64_t promised = 0;
    const Check check = [&](const HttpHead& head) {
      promised = require_range(head, first, last);
      return true;
    };
    try {
      follow(range(first, last), check, [&](std::span<const std::byte> piece) {
        if (piece.size() > promised - (done - before))
          throw_passing("the server sent more than was asked");
        std::memcpy(out.data() + done, piece.data(), piece.size());
        done += piece.size();
      });
      if (done - before < promised)
        throw_passing(fmt::format("the server sent {} bytes instead of the {} it promised",
                                  done - before, promised));
    } catch (const SystemError& error) {
      const std::size_t enough = std::min(kProgress, (out.size() - before + 3) / 4);
      if (!is_transient(error) || done - before < enough) throw;
      // The caller asks for the rest.
    }
  }

  // The number of bytes that an answer to a request for [first, last] promises.
  std::uint64_t require_range(const HttpHead& head, std::uint64_t first, std::uint64_t last) const {
    const ContentRange served = range_of(head);
    if (head.status == 412 ||
        (head.status == 416 && served.total && served.total != identity_.bytes))
      throw_changed(identity_of(head, served.total.value_or(0)));
    if (head.status == 200) throw_passing("the server sent the whole file instead of a range");
    if (head.status != 206) throw_for_status(name_, head);
    require_plain(head);
    if (!served.bytes || !served.total) throw_passing("the server sent no readable Content-Range");
    require_same(identity_of(head, *served.total));
    const auto [from, to] = *served.bytes;
    if (from != first || to > last) {
      throw_passing(
          fmt::format("the server sent bytes {} to {} instead of {} to {}", from, to, first, last));
    }
    return to - from + 1;
  }

  // Where redirects last led; a server may give each request another, signed for some minutes.
  std::pair<Address, bool> start() const {
    const std::lock_guard lock(mutex_);
    return {target_, origin_is_public_};
  }
  void remember(const Address& target, bool origin_is_public) const {
    const std::lock_guard lock(mutex_);
    target_ = target;
    origin_is_public_ = origin_is_public;
  }

  HttpHead follow(const HttpHeaders& headers, const Check& check, const ByteSink& sink) const {
    auto [at, origin_is_public] = start();
    bool from_origin = at.text() == origin_.text();
    for (unsigned hops = 0; hops <= kMostRedirects; ++hops) {
      bool expired = false, refused = false;
      std::string complaint;
      HttpRequest request{.address = at, .headers = headers, .stop = options_.how.stop};
      request.send_credentials = at.same_origin(origin_);
      request.public_only =
          at.text() != origin_.text() && origin_is_public && !options_.allow_redirects;
      if (options_.sign && request.send_credentials) options_.sign(request);
      HttpHead head;
      try {
        head = options_.transport->exchange(
            request,
            [&](const HttpHead& answer) {
              if (is_redirect(answer.status)) return false;
              expired = !from_origin && answer.status >= 400 && answer.status < 500 &&
                        answer.status != 416 && answer.status != 429;
              refused =
                  !expired && answer.status >= 400 && answer.status != 412 && answer.status != 416;
              return !expired && (refused || check(answer));
            },
            [&](std::span<const std::byte> piece) {
              if (!refused) return sink(piece);
              if (complaint.size() < kMostComplaint) append_bytes(complaint, piece);
            });
      } catch (...) {
        remember(origin_, true);
        throw;
      }
      if (at.text() == origin_.text()) origin_is_public = head.from_public;
      if (refused) {
        remember(origin_, true);
        throw_for_status(name_, head, s3_error_code(complaint));
      }
      if (expired) {  // what an earlier redirect led to: ask again
        at = origin_;
        from_origin = true;
        hops = 0;
      } else if (is_redirect(head.status)) {
        at = redirect_target(at, head, origin_is_public);
        from_origin = true;
      } else {
        remember(at, origin_is_public);
        return head;
      }
    }
    throw Error(ErrorKind::kFailed,
                fmt::format("{}: redirects more than {} times", name_, kMostRedirects));
  }

  Address redirect_target(const Address& from, const HttpHead& head, bool origin_is_public) const {
    if (options_.sign && !head.header("location"))
      throw_for_status(name_, head, "PermanentRedirect");
    const auto location = head.header("location");
    const auto target = location ? resolve_address(from, *location) : std::nullopt;
    if (!target || target->scheme == "s3") {
      throw Error(ErrorKind::kFailed,
                  fmt::format("{}: redirects to something that is not a web address", name_));
    }
    const char* refused = target->scheme != from.scheme ? "by another scheme"
                          : origin_is_public && is_private_host(target->host)
                              ? "in a private network"
                              : nullptr;
    if (refused == nullptr || options_.allow_redirects) return *target;
    throw Error(ErrorKind::kFailed,
                fmt::format("{}: redirects to {}, {}; give that address if you trust it, or "
                            "--allow-redirects",
                            name_, target->shown(), refused));
  }

  const Address origin_;
  HttpFileOptions options_;
  const std::string name_;
  Identity identity_;
  bool serves_ranges_ = true;
  std::vector<std::byte> head_;
  mutable std::mutex mutex_;
  mutable Address target_;                // guarded by mutex_
  mutable bool origin_is_public_ = true;  // guarded by mutex_
};

// A file that was fetched whole.
class FetchedFile final : public RandomAccessFile {
 public:
  FetchedFile(File file, std::string name, std::string version)
      : file_(as_random_access(std::move(file))),
        name_(std::move(name)),
        version_(std::move(version)) {}

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return file_->size(); }
  std::string version() const override { return version_; }
  std::size_t read_at(std::span<std::byte> out, std::uint64_t offset) const override {
    return file_->read_at(out, offset);
  }

 private:
  const std::shared_ptr<const RandomAccessFile> file_;
  const std::string name_, version_;
};

std::shared_ptr<const RandomAccessFile> HttpFile::fetch() const {
  if (options_.how.log && options_.log_fetch)
    options_.how.log(fmt::format(
        "{}: the server does not support range requests; downloading the file first", name_));
  Spool spool(
      options_.spool,
      fmt::format("{}: is on a server without range requests, and keeping a copy while it is read",
                  name_),
      "download it first");
  retry(options_.how, [&] {
    spool.clear();
    const Check check = [&](const HttpHead& head) {
      if (head.status != 200) throw_for_status(name_, head);
      require_plain(head);
      require_same(identity_of(head, 0));
      return true;
    };
    follow({}, check, [&](std::span<const std::byte> piece) { spool.append(piece); });
  });
  const Identity fetched{spool.size(), identity_.etag, identity_.modified};
  const bool known = !fetched.etag.empty() || !fetched.modified.empty();
  const std::string text = fmt::format("{}\n{}\n{}", fetched.bytes, fetched.etag, fetched.modified);
  return std::make_shared<FetchedFile>(spool.take(), name_,
                                       known ? hash128(std::string_view(text)).hex() : "");
}

}  // namespace

std::shared_ptr<const RandomAccessFile> open_http_file(const Address& address,
                                                       const HttpFileOptions& options) {
  auto file = std::make_shared<HttpFile>(address, options);
  if (file->serves_ranges()) return file;
  return file->fetch();
}

}  // namespace rod::io
