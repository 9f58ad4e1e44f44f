// Addresses of files on servers: https://, http:// and s3://.
//
// Only a strict subset of RFC 3986 is accepted, so that no other parser (a proxy's, a transfer
// library's) can read another host or path from the same text.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace rod::io {

struct Address {
  std::string scheme;          // "http", "https" or "s3"
  std::string user, password;  // decoded; empty if there are none
  std::string host;            // lower case; an IPv6 address is in brackets; the bucket of s3
  std::uint16_t port = 0;      // 0: the scheme's own
  std::string path = "/";      // starts with "/"; percent-encoded as written
  std::string query;           // without "?"; may hold a token or a signature

  std::string text() const;   // without user and password
  std::string shown() const;  // without user, password and query: for messages and files

  // Whether a request to `other` goes to the same server by the same scheme.
  bool same_origin(const Address& other) const;
};

// Whether `path` begins with https://, http:// or s3:// in any case.
bool is_address(const std::filesystem::path& path);

// Throws Error(kUsage) for anything that is not accepted; the message shows no credentials.
Address parse_address(std::string_view text);

// Returns the target of a Location header in `base`'s response (RFC 3986, 5.2), without
// credentials. Returns nothing for a target that is not accepted.
std::optional<Address> resolve_address(const Address& base, std::string_view location);

// Returns `folder` with "/NAME" appended to its path.
Address below(const Address& folder, std::string_view name);

// Returns a path or an address for messages: an address without its credentials.
std::string shown_name(const std::filesystem::path& path);

// Overwrites the credentials and queries of addresses in a program's arguments, which other users
// can read in the list of processes.
void hide_credentials(int argc, char** argv);

// Whether `ip`, four or sixteen bytes in network order, is not on the public Internet: loopback,
// link-local, private, shared or reserved (RFC 6890), also if embedded in an IPv6 address.
bool is_private_ip(std::string_view ip);

// Whether `host` names this machine or is an IP address that is_private_ip(). A name that must be
// resolved is not.
bool is_private_host(const std::string& host);

// Percent-encodes all characters except A-Z a-z 0-9 - . _ ~ and those in `keep`.
std::string percent_encode(std::string_view text, std::string_view keep = "");

}  // namespace rod::io
