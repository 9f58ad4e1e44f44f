#include "io/remote.h"

#include <ctime>
#include <utility>

namespace rod::io {

HttpFileOptions http_options(Address& address, const RemoteOptions& options) {
  HttpFileOptions http{.how = options.how,
                       .name = address.shown(),
                       .allow_redirects = options.allow_redirects,
                       .transport = options.transport,
                       .spool = options.spool};
  if (address.scheme == "s3") {
    S3Access access = s3_access(address, options.s3);
    address = s3_object(access, address);
    http.sign = [access = std::move(access)](HttpRequest& request) {
      request.send_credentials = false;  // the signature is all
      sign_s3(access, std::time(nullptr), request);
    };
  }
  return http;
}

std::shared_ptr<const RandomAccessFile> open_remote(const Address& address,
                                                    const RemoteOptions& options) {
  Address at = address;
  const HttpFileOptions http = http_options(at, options);
  return open_http_file(at, http);
}

std::shared_ptr<const RandomAccessFile> open_remote_ahead(
    const Address& address, const RemoteOptions& options,
    const std::function<bool(const RandomAccessFile&)>& keep) {
  return with_read_ahead(
      [&](const StopCheck& closed) {
        RemoteOptions remote = options;
        remote.how.stop = [closed, stop = options.how.stop] {
          closed();
          if (stop) stop();
        };
        return open_remote(address, remote);
      },
      {.keep = options.spool, .keep_if = keep, .stop = options.how.stop});
}

}  // namespace rod::io
