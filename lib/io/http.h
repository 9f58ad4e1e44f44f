// One exchange with an HTTP server, and what its headers say.
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
  std::span<const std::byte> body{};  // of PUT and POST; Requires: lives until the answer
  StopCheck stop{};
};

struct HttpHead {
  int status = 0;
  HttpHeaders headers{};    // names in lower case
  bool from_public = true;  // whether the server's IP address is of the public Internet

  // The first header of that name (in lower case), or nothing.
  std::optional<std::string> header(std::string_view name) const;
};

// Thread safety: exchanges may be made at the same time; each has a connection of its own.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  // Sends a request, calls `wants_body` with the answer's head, and if that returns true passes the
  // body to `body`. Redirects are not followed, failures not retried. Returns the head. Throws a
  // SystemError that is_transient() when the transfer fails or ends before the promised length;
  // Error(kFailed) for failures that another try does not change; what the functions throw.
  // Messages begin with request.address.shown().
  virtual HttpHead exchange(const HttpRequest& request,
                            const std::function<bool(const HttpHead&)>& wants_body,
                            const ByteSink& body) = 0;
};

// By libcurl, which follows the usual variables for proxies and certificates (https_proxy,
// CURL_CA_BUNDLE, SSL_CERT_FILE). Throws Error(kFailed) naming the package to install if the
// program was built without it.
std::shared_ptr<HttpTransport> curl_transport();

// Content-Range: "bytes FIRST-LAST/TOTAL" or "bytes */TOTAL" (RFC 9110, 14.4).
struct ContentRange {
  std::optional<std::pair<std::uint64_t, std::uint64_t>> bytes{};  // first and last
  std::optional<std::uint64_t> total{};

  bool operator==(const ContentRange&) const = default;
};
// Returns nothing for what is not of that form, or contradicts itself.
std::optional<ContentRange> parse_content_range(std::string_view text);

// Retry-After: seconds, or a date in the form that RFC 9110, 5.6.7 prefers. `now`: seconds since
// 1970. At most a day; nothing for what is not of that form.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, std::int64_t now);

// A RetryLater for a status that may pass (408, 425, 429, 5xx) with its Retry-After; otherwise
// Error(kBadInput) for what is not there and Error(kFailed) for all else, such as credentials that
// are refused. `what` is shown first. `code`: s3_error_code() of the answer, or "".
[[noreturn]] void throw_for_status(const std::string& what, const HttpHead& head,
                                   const std::string& code = "");

}  // namespace rod::io
