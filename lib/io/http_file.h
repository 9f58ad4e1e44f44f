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
  // Adds authentication to a request to the address's own server; may be absent.
  std::function<void(HttpRequest&)> sign{};
  SpoolOptions spool{};   // for the file of a server without range requests
  bool log_fetch = true;  // log that such a file is downloaded first
};

// Opens a file of http:// or https://. Its size and, if the server sends them, its ETag and
// Last-Modified are those of the first response; a later response that differs causes BadInput.
// Temporary failures are retried as `how` says, from the byte reached; these include a wrong range,
// a body shorter or longer than promised, and Retry-After. If the server does not support ranges,
// the file is downloaded once, into a temporary file.
//
// Up to 5 redirects are followed, with these exceptions unless `allow_redirects`: to another scheme
// (https to http exposes the data; for http to https, the user should type https), and from a
// public server into a private network, where the server could make this machine send requests to
// its neighbours. The address's credentials are sent only to its own server.
//
// Reads are thread-safe; concurrent reads have separate connections. Throws what exchange(),
// throw_for_status(), retry() and Spool throw.
std::shared_ptr<const RandomAccessFile> open_http_file(const Address& address,
                                                       const HttpFileOptions& options);

}  // namespace rod::io
