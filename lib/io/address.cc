#include "io/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/error.h"

namespace rod::io {
namespace {

constexpr std::size_t kLongestAddress = 8192, kLongestHost = 253;

bool is_alnum(char c) {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9');
}

int hex_digit(char c) {
  if ('0' <= c && c <= '9') return c - '0';
  if ('a' <= c && c <= 'f') return c - 'a' + 10;
  if ('A' <= c && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if ('A' <= c && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// Characters that an address may have after its host (RFC 3986, 3.3 and 3.4), and "%XX".
bool is_fine(std::string_view text, bool query) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '%') {
      if (at + 2 >= text.size() || hex_digit(text[at + 1]) < 0 || hex_digit(text[at + 2]) < 0)
        return false;
      at += 2;
    } else if (!is_alnum(c) &&
               std::string_view("-._~!$&'()*+,;=:@/").find(c) == std::string_view::npos &&
               !(query && c == '?')) {
      return false;
    }
  }
  return true;
}

std::optional<std::string> decode(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      result += text[at];
      continue;
    }
    if (at + 2 >= text.size() || hex_digit(text[at + 1]) < 0 || hex_digit(text[at + 2]) < 0)
      return std::nullopt;
    result += static_cast<char>(hex_digit(text[at + 1]) * 16 + hex_digit(text[at + 2]));
    at += 2;
  }
  if (result.find_first_of(std::string_view("\r\n\0", 3)) != result.npos) return std::nullopt;
  return result;
}

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > kLongestHost || host.front() == '.' || host.front() == '-')
    return false;
  return std::all_of(host.begin(), host.end(),
                     [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_ipv6(std::string_view host) {
  if (host.size() < 4 || host.front() != '[' || host.back() != ']') return false;
  const std::string inside(host.substr(1, host.size() - 2));
  in6_addr ip{};  // inet_pton() ends at a NUL byte, whatever follows it
  return inside.find('\0') == inside.npos && ::inet_pton(AF_INET6, inside.c_str(), &ip) == 1;
}

// What is wrong with the part after the scheme, or nullptr.
const char* take_authority(std::string_view authority, Address& address) {
  const auto at = authority.rfind('@');
  if (at != authority.npos) {
    const std::string_view who = authority.substr(0, at);
    const auto colon = std::min(who.find(':'), who.size());
    const auto user = decode(who.substr(0, colon));
    const auto password = decode(who.substr(std::min(colon + 1, who.size())));
    if (!user || !password || !is_fine(who, false) || who.find('@') != who.npos)
      return "its user and password have to be percent-encoded";
    address.user = *user;
    address.password = *password;
    authority.remove_prefix(at + 1);
  }
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  if (colon != authority.npos) {
    const std::string_view digits = authority.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
    if (error != std::errc() || end != digits.data() + digits.size() || address.port == 0)
      return "its port is not a number from 1 to 65535";
    authority = authority.substr(0, colon);
  }
  address.host = lower(authority);
  if (!is_host_name(address.host) && !is_ipv6(address.host))
    return "its host is not a name of letters, digits, '-' and '.', or an IP address";
  return nullptr;
}

const char* take_rest(std::string_view rest, Address& address) {
  rest = rest.substr(0, rest.find('#'));
  const auto mark = std::min(rest.find('?'), rest.size());
  const std::string_view path = rest.substr(0, mark);
  const std::string_view query = rest.substr(std::min(mark + 1, rest.size()));
  if (!is_fine(path, false) || !is_fine(query, true))
    return "it has characters that have to be percent-encoded (a blank is %20)";
  address.path = path.empty() ? "/" : std::string(path);
  address.query = query;
  return nullptr;
}

// Removes "." and ".." from a path (RFC 3986, 5.2.4).
std::string without_dots(std::string_view path) {
  std::string result;
  while (!path.empty()) {
    const auto end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    if (segment == "/." || segment == "/..") {
      if (segment == "/..") result.erase(std::min(result.rfind('/'), result.size()));
      if (path.empty()) result += '/';
    } else {
      result += segment;
    }
  }
  return result.empty() ? "/" : result;
}

std::size_t scheme_end(std::string_view text) {
  const std::string head = lower(text.substr(0, 8));
  for (const char* scheme : {"https", "http", "s3"}) {
    if (head.starts_with(std::string(scheme) + "://")) return std::strlen(scheme);
  }
  return 0;
}

const char* parse(std::string_view text, Address& address) {
  if (text.size() > kLongestAddress) return "it is too long";
  const std::size_t scheme = scheme_end(text);
  if (scheme == 0) return "expected https://…, http://… or s3://…";
  address.scheme = lower(text.substr(0, scheme));
  text.remove_prefix(scheme + 3);
  const auto end = std::min(text.find_first_of("/?#"), text.size());
  if (const char* fault = take_authority(text.substr(0, end), address)) return fault;
  if (address.scheme != "s3") return take_rest(text.substr(end), address);
  // A key is written as it is, not percent-encoded.
  if (!address.user.empty() || address.port != 0)
    return "s3:// is followed by a bucket; credentials come from AWS_ACCESS_KEY_ID or "
           "~/.aws/credentials";
  if (end < text.size() && text[end] != '/') return "s3://BUCKET is followed by /KEY";
  address.path = percent_encode(text.substr(end), "/");
  if (address.path.empty()) address.path = "/";
  return nullptr;
}

bool in_ranges(const unsigned char* ip) {
  const unsigned a = ip[0], b = ip[1], c = ip[2];
  return a == 0 || a == 10 || a == 127 || a >= 224 || (a == 100 && (b & 0xC0) == 64) ||
         (a == 169 && b == 254) || (a == 172 && (b & 0xF0) == 16) || (a == 192 && b == 168) ||
         (a == 192 && b == 0 && (c == 0 || c == 2)) || (a == 198 && (b & 0xFE) == 18) ||
         (a == 198 && b == 51 && c == 100) || (a == 203 && b == 0 && c == 113);
}

}  // namespace

std::string Address::text() const {
  return fmt::format("{}://{}{}{}{}{}", scheme, host, port ? fmt::format(":{}", port) : "", path,
                     query.empty() ? "" : "?", query);
}

std::string Address::shown() const {
  return fmt::format("{}://{}{}{}{}", scheme, host, port ? fmt::format(":{}", port) : "", path,
                     query.empty() ? "" : "?…");
}

bool Address::same_origin(const Address& other) const {
  const auto port_of = [](const Address& address) {
    return address.port ? address.port : address.scheme == "https" ? 443 : 80;
  };
  return scheme == other.scheme && host == other.host && port_of(*this) == port_of(other);
}

bool is_address(const std::filesystem::path& path) {
  return scheme_end(path.native()) > 0;
}

Address parse_address(std::string_view text) {
  Address address;
  if (const char* fault = parse(text, address)) {
    throw Error(ErrorKind::kUsage, fmt::format("{}: is not a valid address: {}",
                                               shown_name(std::string(text)), fault));
  }
  return address;
}

std::optional<Address> resolve_address(const Address& base, std::string_view location) {
  Address target;
  if (location.empty() || location.size() > kLongestAddress) return std::nullopt;
  if (scheme_end(location) > 0) {
    if (parse(location, target) != nullptr) return std::nullopt;
  } else if (location.starts_with("//")) {
    if (parse(fmt::format("{}:{}", base.scheme, location), target) != nullptr) return std::nullopt;
  } else {
    target = base;
    target.query.clear();
    // A colon before the first slash would be another scheme.
    const auto colon = location.find(':'), slash = location.find_first_of("/?#");
    if (colon < slash) return std::nullopt;
    const std::string_view folder =
        location.front() == '/' ? std::string_view()
        : location.front() == '?' || location.front() == '#'
            ? std::string_view(base.path)
            : std::string_view(base.path).substr(0, base.path.rfind('/') + 1);
    if (take_rest(std::string(folder) + std::string(location), target) != nullptr)
      return std::nullopt;
  }
  target.path = without_dots(target.path);
  target.user.clear();
  target.password.clear();
  return target;
}

Address below(const Address& folder, std::string_view name) {
  Address address = folder;
  if (!address.path.ends_with('/')) address.path += '/';
  address.path += percent_encode(name, "/");
  return address;
}

std::string shown_name(const std::filesystem::path& path) {
  const std::string& text = path.native();
  const std::size_t scheme = scheme_end(text);
  if (scheme == 0) return text;
  const std::size_t start = scheme + 3;
  const auto end = std::min(text.find_first_of("?#", start), text.size());
  const auto slash = std::min(text.find('/', start), end);
  // A password with an unencoded "/" or "?" would end the host early: then nothing is shown.
  if (text.find('@', slash) != text.npos && text.find('@', start) > slash)
    return text.substr(0, start) + "…";
  const auto at = text.rfind('@', slash);
  const std::size_t host = at == text.npos || at < start ? start : at + 1;
  return text.substr(0, start) + text.substr(host, end - host) + (end < text.size() ? "?…" : "");
}

void hide_credentials(int argc, char** argv) {
  for (int n = 1; n < argc; ++n) {
    const std::string text = argv[n];
    for (auto at = text.find("://"); at != text.npos; at = text.find("://", at + 3)) {
      const std::size_t start = at + 3;
      const auto who = text.rfind('@');
      if (who != text.npos && who > start) std::memset(argv[n] + start, '*', who - start);
      const auto query = text.find('?', start);
      if (query != text.npos) std::memset(argv[n] + query, '*', text.size() - query);
    }
  }
}

bool is_private_ip(std::string_view ip) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(ip.data());
  if (ip.size() == 4) return in_ranges(bytes);
  if (ip.size() != 16) return true;
  constexpr unsigned char kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  constexpr unsigned char kNat64[12] = {0, 0x64, 0xFF, 0x9B};
  constexpr unsigned char kZeros[12] = {};
  if (std::memcmp(bytes, kMapped, 12) == 0 || std::memcmp(bytes, kNat64, 12) == 0 ||
      std::memcmp(bytes, kZeros, 12) == 0) {  // the last includes :: and ::1
    return in_ranges(bytes + 12);
  }
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return in_ranges(bytes + 2);  // 6to4
  return (bytes[0] & 0xE0) != 0x20 ||  // all but 2000::/3, the public Internet
         (bytes[0] == 0x20 && bytes[1] == 0x01 && (bytes[2] == 0 || bytes[2] == 0x0D));
}

bool is_private_host(const std::string& host) {
  std::string bare = host;
  while (bare.ends_with('.')) bare.pop_back();
  if (bare == "localhost" || bare.ends_with(".localhost")) return true;
  char ip[16];
  if (bare.starts_with('[') && ::inet_pton(AF_INET6, bare.substr(1, bare.size() - 2).c_str(), ip))
    return is_private_ip({ip, 16});
  in_addr four{};
  // inet_aton also reads 127.1, 0x7f000001 and 2130706433, as resolvers do.
  if (::inet_aton(bare.c_str(), &four) == 0) return false;
  std::memcpy(ip, &four, 4);
  return is_private_ip({ip, 4});
}

std::string percent_encode(std::string_view text, std::string_view keep) {
  std::string result;
  for (const char c : text) {
    if (is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~' || keep.find(c) != keep.npos) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

}  // namespace rod::io
