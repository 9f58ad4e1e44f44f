#include "io/s3.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>
#include <vector>

#include "base/error.h"
#include "io/file.h"
#include "io/sha256.h"

namespace rod::io {
namespace {

constexpr std::uint64_t kMostConfigBytes = 1 << 20;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

// The keys of one [section] of a file like ~/.aws/credentials; nothing if it is not there.
std::optional<std::map<std::string, std::string>> section_of(const std::filesystem::path& path,
                                                             const std::string& section) {
  std::error_code absent;
  if (!std::filesystem::is_regular_file(path, absent)) return std::nullopt;
  const std::string text = read_file(path, kMostConfigBytes);
  std::optional<std::map<std::string, std::string>> keys;
  bool inside = false;
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.starts_with('[')) {
      inside = trimmed(std::string_view(line).substr(1, line.find(']') - 1)) == section;
      if (inside && !keys) keys.emplace();
    } else if (const auto equals = line.find('=');
               inside && equals != line.npos && line[0] != '#' && line[0] != ';') {
      (*keys)[trimmed(std::string_view(line).substr(0, equals))] =
          trimmed(std::string_view(line).substr(equals + 1));
    }
  }
  return keys;
}

std::filesystem::path aws_file(const char* named_by, const char* name) {
  if (const std::string path = variable(named_by); !path.empty()) return path;
  return std::filesystem::path(variable("HOME")) / ".aws" / name;
}

std::optional<S3Credentials> credentials() {
  const S3Credentials given{variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"),
                            variable("AWS_SESSION_TOKEN")};
  if (!given.key_id.empty() && !given.secret.empty()) return given;
  const std::string asked = variable("AWS_PROFILE"), profile = asked.empty() ? "default" : asked;
  const auto path = aws_file("AWS_SHARED_CREDENTIALS_FILE", "credentials");
  auto keys = section_of(path, profile);
  if (keys && !(*keys)["aws_access_key_id"].empty() && !(*keys)["aws_secret_access_key"].empty()) {
    return S3Credentials{(*keys)["aws_access_key_id"], (*keys)["aws_secret_access_key"],
                         (*keys)["aws_session_token"]};
  }
  if (asked.empty()) return std::nullopt;
  throw Error(ErrorKind::kUsage,
              fmt::format("AWS_PROFILE is {}, and {} has no aws_access_key_id and "
                          "aws_secret_access_key for it",
                          asked, path.string()));
}

std::string region_of(const S3Options& options) {
  std::string region = options.region;
  if (region.empty()) region = variable("AWS_REGION");
  if (region.empty()) region = variable("AWS_DEFAULT_REGION");
  if (region.empty()) {
    const std::string profile = variable("AWS_PROFILE");
    auto keys =
        section_of(aws_file("AWS_CONFIG_FILE", "config"),
                   profile.empty() || profile == "default" ? "default" : "profile " + profile);
    if (keys) region = (*keys)["region"];
  }
  if (region.empty()) return "us-east-1";
  const bool fine = std::all_of(region.begin(), region.end(), [](char c) {
    return ('a' <= c && c <= 'z') || ('0' <= c && c <= '9') || c == '-';
  });
  if (!fine || region.size() > 64) {
    throw Error(ErrorKind::kUsage,
                "the region is not a name of small letters, digits and '-', such as eu-central-1");
  }
  return region;
}

// "20130524T000000Z"
std::string timestamp(std::int64_t now) {
  const std::time_t time = now;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// Sorted by name, each with "=".
std::string canonical_query(const std::string& query) {
  std::vector<std::string> parts;
  for (std::string_view rest = query; !rest.empty();) {
    const auto end = std::min(rest.find('&'), rest.size());
    std::string part(rest.substr(0, end));
    if (part.find('=') == part.npos) part += '=';
    parts.push_back(std::move(part));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::sort(parts.begin(), parts.end());
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "&") + part;
  return text;
}

std::string hex_of(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

}  // namespace

S3Access s3_access(const Address& address, const S3Options& options) {
  S3Access access;
  access.region = region_of(options);
  access.credentials = credentials();
  std::string endpoint = options.endpoint;
  if (endpoint.empty()) endpoint = variable("AWS_ENDPOINT_URL_S3");
  if (endpoint.empty()) endpoint = variable("AWS_ENDPOINT_URL");
  const std::string& bucket = address.host;
  if (!endpoint.empty()) {
    Address server = parse_address(endpoint);
    if (server.scheme == "s3" || !server.query.empty() || !server.user.empty()) {
      throw Error(
          ErrorKind::kUsage,
          fmt::format("--endpoint {}: expected https://HOST or http://HOST:PORT", server.shown()));
    }
    access.bucket = below(server, bucket);
  } else if (bucket.find('.') == bucket.npos) {
    access.bucket =
        parse_address(fmt::format("https://{}.s3.{}.amazonaws.com/", bucket, access.region));
  } else {  // no certificate covers a dot
    access.bucket =
        parse_address(fmt::format("https://s3.{}.amazonaws.com/{}", access.region, bucket));
  }
  return access;
}

Address s3_object(const S3Access& access, const Address& address) {
  Address object = access.bucket;
  if (object.path.ends_with('/')) object.path.pop_back();
  object.path += address.path;  // begins with "/"
  return object;
}

void sign_s3(const S3Access& access, std::int64_t now, HttpRequest& request) {
  if (!access.credentials) return;
  const S3Credentials& who = *access.credentials;
  const std::string time = timestamp(now), date = time.substr(0, 8);
  const std::string payload = sha256_hex(request.body);
  request.headers.emplace_back("x-amz-content-sha256", payload);
  request.headers.emplace_back("x-amz-date", time);
  if (!who.token.empty()) request.headers.emplace_back("x-amz-security-token", who.token);
  std::map<std::string, std::string> headers;
  headers["host"] = request.address.port
                        ? fmt::format("{}:{}", request.address.host, request.address.port)
                        : request.address.host;
  for (const auto& [name, value] : request.headers) {
    std::string lower = name;
    for (char& c : lower) c = static_cast<char>('A' <= c && c <= 'Z' ? c - 'A' + 'a' : c);
    headers[lower] = value;
  }
  std::string canonical_headers, names;
  for (const auto& [name, value] : headers) {
    canonical_headers += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string canonical =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.address.path,
                  canonical_query(request.address.query), canonical_headers, names, payload);
  const std::string scope = fmt::format("{}/{}/s3/aws4_request", date, access.region);
  const std::string to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope,
                                          sha256_hex(std::as_bytes(std::span(canonical))));
  std::string key = hmac_sha256("AWS4" + who.secret, date);
  for (const std::string& part : {access.region, std::string("s3"), std::string("aws4_request")})
    key = hmac_sha256(key, part);
  request.headers.emplace_back(
      "Authorization",
      fmt::format("AWS4-HMAC-SHA256 Credential={}/{},SignedHeaders={},Signature={}", who.key_id,
                  scope, names, hex_of(hmac_sha256(key, to_sign))));
}

std::string s3_error_code(std::string_view body) {
  constexpr std::string_view kOpen = "<Code>", kClose = "</Code>";
  const auto at = body.find(kOpen);
  if (at == body.npos) return {};
  const std::string_view rest = body.substr(at + kOpen.size());
  const std::string_view code = rest.substr(0, std::min(rest.find(kClose), rest.size()));
  const bool fine =
      !code.empty() && code.size() <= 64 && std::all_of(code.begin(), code.end(), [](char c) {
        return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
      });
  return fine ? std::string(code) : std::string();
}

}  // namespace rod::io
