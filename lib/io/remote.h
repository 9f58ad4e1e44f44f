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

// Opens the file, whose ranges are fetched as they are read. Throws what parse_address(),
// s3_access() and open_http_file() throw.
std::shared_ptr<const RandomAccessFile> open_remote(const Address& address,
                                                    const RemoteOptions& options);

// The same, with read-ahead. `keep`, if given, decides for the opened file whether the bytes read
// are kept in `options.spool`.
std::shared_ptr<const RandomAccessFile> open_remote_ahead(
    const Address& address, const RemoteOptions& options,
    const std::function<bool(const RandomAccessFile&)>& keep = {});

// Returns HttpFileOptions for `address`, and replaces an s3:// address by that of the object.
HttpFileOptions http_options(Address& address, const RemoteOptions& options);

}  // namespace rod::io
