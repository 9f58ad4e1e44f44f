// One exchange with an HTTP server, and the parsing of its headers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/address.h"
#include "io/retry.h"
#include "io/verified_copy.h"

namespace rod::io {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  Address address;  // of http or https
  HttpHeaders headers{};
  bool send_credentials = true;       // the address's, or those of ~/.netrc
  bool public_only = false;           // refuse to connect to an address of a private network
  std::span<const std::byte> body{};  // of PUT and POST. Requires: valid until the response
  StopCheck stop{};
};

struct HttpHead {
  int status = 0;
  HttpHeaders headers{};    // names in lower case
  bool from_public = true;  // whether the server's IP address is on the public Internet

  // Returns the first header of that name (in lower case), or nothing.
  std::optional<std::string> header(std::string_view name) const;
};

// Thread safety: exchanges may run concurrently; each has its own connection.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  // Sends a request, calls `wants_body` with the response's head and, if that returns true, passes
  // the body to `body`. Redirects are not followed, failures not retried. Returns the head. Throws
  // a SystemError that is_transient() if the transfer fails or ends before the promised length;
  // Error(kFailed) for failures that a retry can't resolve; what the functions throw. Messages
  // begin with request.address.shown().
  virtual HttpHead exchange(const HttpRequest& request,
                            const std::function<bool(const HttpHead&)>& wants_body,
                            const ByteSink& body) = 0;
};

// Returns a transport that uses libcurl, which obeys the usual variables for proxies and
// certificates (https_proxy, CURL_CA_BUNDLE, SSL_CERT_FILE). Throws Error(kFailed) naming the
// package to install if the program was built without it.
std::shared_ptr<HttpTransport> curl_transport();

// Content-Range: "bytes FIRST-LAST/TOTAL" or "bytes */TOTAL" (RFC 9110, 14.4).
struct ContentRange {
  std::optional<std::pair<std::uint64_t, std::uint64_t>> bytes{};  // first and last
  std::optional<std::uint64_t> total{};

  bool operator==(const ContentRange&) const = default;
};
// Returns nothing if the text has another form or contradicts itself.
std::optional<ContentRange> parse_content_range(std::string_view text);

// Retry-After: seconds, or a date in the form that RFC 9110, 5.6.7 prefers. `now`: seconds since
// 1970. Returns at most a day; nothing for another form.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, std::int64_t now);

// Throws a RetryLater with its Retry-After for a status that may be temporary (408, 425, 429, 5xx),
// Error(kBadInput) for a missing file, and Error(kFailed) otherwise, for instance for refused
// credentials. Messages begin with `what`. `code`: s3_error_code() of the response, or "".
[[noreturn]] void throw_for_status(const std::string& what, const HttpHead& head,
                                   const std::string& code = "");

}  // namespace rod::io
