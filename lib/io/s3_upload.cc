#include "io/s3_upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "io/read_ahead.h"

namespace rod::io {
namespace {

// A store accepts parts of 5 MiB to 5 GiB, at most 10,000 of them.
constexpr std::uint64_t kLeastPart = std::uint64_t{16} << 20, kMostParts = 10'000;
constexpr std::size_t kMostAnswer = 64 << 10;

// The text of the first <NAME> in an answer; "" if there is none.
std::string element(std::string_view xml, const std::string& name) {
  const std::string open = "<" + name + ">";
  const auto at = xml.find(open);
  if (at == xml.npos) return {};
  xml.remove_prefix(at + open.size());
  return std::string(xml.substr(0, std::min(xml.find('<'), xml.size())));
}

// An ETag as XML has it.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    result += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '"' ? "&quot;" : std::string(1, c);
  }
  return result;
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

}  // namespace

S3Folder::S3Folder(const std::filesystem::path& address, const RemoteOptions& options)
    : options_(options) {
  Address shown = parse_address(address.native());
  if (shown.scheme != "s3") {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("{}: can't be written to; give a folder or s3://BUCKET/PREFIX", shown.shown()));
  }
  while (shown.path.ends_with('/')) shown.path.pop_back();
  name_ = shown.shown();
  access_ = s3_access(shown, options.s3);
  folder_ = s3_object(access_, shown);
  if (!options_.transport) options_.transport = curl_transport();
}

HttpHead S3Folder::send(const std::string& method, const std::string& key, const std::string& query,
                        std::span<const std::byte> body, std::string& answer) const {
  HttpHead head;
  retry(options_.how, [&] {
    answer.clear();
    HttpRequest request{.method = method, .address = below(folder_, key), .body = body};
    request.address.query = query;
    request.send_credentials = false;
    request.stop = options_.how.stop;
    sign_s3(access_, std::time(nullptr), request);
    head = options_.transport->exchange(
        request, [](const HttpHead&) { return true; },
        [&](std::span<const std::byte> piece) {
          if (answer.size() < kMostAnswer)
            answer.append(reinterpret_cast<const char*>(piece.data()), piece.size());
        });
    // A store may begin with 200 and then tell that it failed.
    const std::string code = s3_error_code(answer);
    if (head.status == 200 && answer.find("<Error>") != answer.npos) {
      throw RetryLater(EAGAIN, fmt::format("{}/{}: the server answered {}", name_, key, code),
                       "; run the same command again later", std::chrono::milliseconds(0));
    }
    if (head.status == 301) throw_for_status(name_ + "/" + key, head, "PermanentRedirect");
    if (head.status < 200 || head.status > 299) throw_for_status(name_ + "/" + key, head, code);
  });
  return head;
}

void S3Folder::put_parts(const RandomAccessFile& file, const std::string& key) const {
  const std::uint64_t part = std::max(kLeastPart, file.size() / (kMostParts - 1) + 1);
  std::string answer;
  send("POST", key, "uploads=", {}, answer);
  const std::string id = element(answer, "UploadId");
  if (id.empty()) {
    throw Error(ErrorKind::kFailed,
                fmt::format("{}/{}: the server did not start a multipart upload", name_, key));
  }
  const std::string upload = "uploadId=" + percent_encode(id);
  try {
    std::string list = "<CompleteMultipartUpload>";
    std::vector<std::byte> bytes;
    for (std::uint64_t number = 1, at = 0; at < file.size(); ++number, at += bytes.size()) {
      bytes.resize(static_cast<std::size_t>(std::min(part, file.size() - at)));
      read_exactly(file, bytes, at);
      const HttpHead head =
          send("PUT", key, fmt::format("partNumber={}&{}", number, upload), bytes, answer);
      list += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", number,
                          escaped(head.header("etag").value_or("")));
    }
    list += "</CompleteMultipartUpload>";
    send("POST", key, upload, bytes_of(list), answer);
  } catch (...) {
    try {
      send("DELETE", key, upload, {}, answer);
    } catch (const Error&) {
      // The first error says why; parts that stay cost room until the bucket's rule removes them.
    }
    throw;
  }
}

std::optional<FileHash> S3Folder::stored(const std::string& key) const {
  HttpFileOptions http{.how = options_.how,
                       .name = name_ + "/" + key,
                       .transport = options_.transport,
                       .spool = options_.spool,
                       .log_fetch = false};
  http.sign = [this](HttpRequest& request) {
    request.send_credentials = false;
    sign_s3(access_, std::time(nullptr), request);
  };
  std::shared_ptr<const RandomAccessFile> file;
  try {
    file = open_http_file(below(folder_, key), http);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kBadInput) return std::nullopt;  // 404
    throw;
  }
  return hash_contents(
      *with_read_ahead([&](const StopCheck&) { return file; }, {.stop = options_.how.stop}),
      options_.how.stop);
}

FileHash S3Folder::upload(const std::filesystem::path& from, const std::string& key) const {
  const auto file = open_file(from);
  const FileHash wanted = hash_contents(*file, options_.how.stop);
  if (stored(key) == wanted) return wanted;
  if (file->size() > kLeastPart) {
    put_parts(*file, key);
  } else {
    std::vector<std::byte> bytes(static_cast<std::size_t>(file->size()));
    read_exactly(*file, bytes, 0);
    std::string answer;
    send("PUT", key, "", bytes, answer);
  }
  const auto found = stored(key);
  if (found != wanted) {
    throw Error(ErrorKind::kFailed,
                fmt::format("{}/{}: {} bytes were written with the hash {}, and {} bytes read back "
                            "with the hash {}; try again",
                            name_, key, wanted.bytes, wanted.hash.hex(), found ? found->bytes : 0,
                            found ? found->hash.hex() : "none"));
  }
  return wanted;
}

}  // namespace rod::io
