// A file on an HTTP server, read by ranges.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "io/http.h"
#include "io/random_access_file.h"
#include "io/spool.h"

namespace rod::io {

struct HttpFileOptions {
  Retrying how{};                              // of each request
  std::string name{};                          // for messages; "": the address's shown()
  bool allow_redirects = false;                // to anywhere; see open_http_file()
  std::shared_ptr<HttpTransport> transport{};  // absent: curl_transport()
  // Adds what proves who asks to a request that goes to the address's own server; may be absent.
  std::function<void(HttpRequest&)> sign{};
  SpoolOptions spool{};   // for the file of a server that serves no ranges
  bool log_fetch = true;  // log that it is fetched first
};

// Opens a file of http:// or https://. Its size, and its ETag and Last-Modified as far as the
// server tells them, are those of the first answer; an answer that differs throws BadInput. A
// failure that may pass is retried as `how` says, from the byte that was reached; this includes a
// wrong range, a body shorter or longer than promised, and Retry-After. A file of a server without
// ranges is fetched once, into a temporary file.
//
// Up to 5 redirects are followed, with these exceptions unless `allow_redirects`: to another scheme
// (https to http exposes what is sent; http to https is safer typed), and from a public server into
// a private network, where the server could make this machine ask its neighbours. The address's
// credentials are sent to its own server alone.
//
// Reads are thread-safe, and each that runs at the same time has a connection of its own. Throws
// what exchange(), throw_for_status(), retry() and Spool throw.
std::shared_ptr<const RandomAccessFile> open_http_file(const Address& address,
                                                       const HttpFileOptions& options);

}  // namespace rod::io
