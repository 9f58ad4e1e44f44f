// A file at an address of https://, http:// or s3://.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "io/http_file.h"
#include "io/read_ahead.h"
#include "io/s3.h"

namespace rod::io {

struct RemoteOptions {
  Retrying how{};
  bool allow_redirects = false;  // HttpFileOptions'
  S3Options s3{};
  SpoolOptions spool{};                        // HttpFileOptions'
  std::shared_ptr<HttpTransport> transport{};  // HttpFileOptions'
};

// The file, read by ranges as it is asked for. Throws what parse_address(), s3_access() and
// open_http_file() throw.
std::shared_ptr<const RandomAccessFile> open_remote(const Address& address,
                                                    const RemoteOptions& options);

// The same, read ahead. `keep`, if given, says for the opened file whether what was read is kept in
// `options.spool`.
std::shared_ptr<const RandomAccessFile> open_remote_ahead(
    const Address& address, const RemoteOptions& options,
    const std::function<bool(const RandomAccessFile&)>& keep = {});

// HttpFileOptions for `address` (s3:// becomes the address of the object).
HttpFileOptions http_options(Address& address, const RemoteOptions& options);

}  // namespace rod::io
