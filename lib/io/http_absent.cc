// In place of http_curl.cc in a build without libcurl.
#include "base/error.h"
#include "io/http.h"

namespace rod::io {

std::shared_ptr<HttpTransport> curl_transport() {
  throw Error(ErrorKind::kFailed,
              "this program was built without libcurl, so it can't read from an address; install "
              "libcurl4-openssl-dev and build it again, or download the file first");
}

}  // namespace rod::io
