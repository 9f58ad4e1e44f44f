#include <arpa/inet.h>
#include <curl/curl.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>

#include "base/error.h"
#include "io/http.h"

namespace rod::io {
namespace {

constexpr long kConnectSeconds = 20;
// A transfer below this rate for this long has stalled.
constexpr long kSlowestBytes = 1024, kSlowSeconds = 30;
constexpr std::size_t kMostHeaderBytes = 64 << 10;
constexpr long kBufferBytes = 256 << 10;

#ifdef ROD_LIBCURL  // the name of a shared library
void* find_in_libcurl(const char* name) {
  void* const library = ::dlopen(ROD_LIBCURL, RTLD_NOW | RTLD_LOCAL);
  void* const found = library != nullptr ? ::dlsym(library, name) : nullptr;
  if (found != nullptr) return found;
  throw Error(ErrorKind::kFailed,
              fmt::format("addresses are read through libcurl, which can't be loaded ({}); install "
                          "libcurl4, or download the file first",
                          ::dlerror()));
}
#define ROD_FIND(name) reinterpret_cast<decltype(&::name)>(find_in_libcurl(#name))
#else
#define ROD_FIND(name) &::name
#endif

// The functions of libcurl. A shared one is loaded when the first address is read: with the thirty
// libraries that it needs it would take a third of every start.
struct Functions {
  decltype(&::curl_global_init) global_init = ROD_FIND(curl_global_init);
  decltype(&::curl_easy_init) init = ROD_FIND(curl_easy_init);
  decltype(&::curl_easy_setopt) setopt = ROD_FIND(curl_easy_setopt);
  decltype(&::curl_easy_getinfo) getinfo = ROD_FIND(curl_easy_getinfo);
  decltype(&::curl_easy_perform) perform = ROD_FIND(curl_easy_perform);
  decltype(&::curl_easy_reset) reset = ROD_FIND(curl_easy_reset);
  decltype(&::curl_easy_cleanup) cleanup = ROD_FIND(curl_easy_cleanup);
  decltype(&::curl_easy_strerror) strerror = ROD_FIND(curl_easy_strerror);
  decltype(&::curl_slist_append) slist_append = ROD_FIND(curl_slist_append);
  decltype(&::curl_slist_free_all) slist_free_all = ROD_FIND(curl_slist_free_all);

  Functions() { global_init(CURL_GLOBAL_DEFAULT); }
};

#undef ROD_FIND

const Functions& libcurl() {
  static const Functions functions;
  return functions;
}

// The bytes of a socket's IP address.
std::string ip_of(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* four = reinterpret_cast<const sockaddr_in*>(address);
    return {reinterpret_cast<const char*>(&four->sin_addr), 4};
  }
  if (address->sa_family == AF_INET6) {
    const auto* six = reinterpret_cast<const sockaddr_in6*>(address);
    return {reinterpret_cast<const char*>(&six->sin6_addr), 16};
  }
  return {};
}

bool is_private_text(const char* ip) {
  char bytes[16];
  if (ip == nullptr) return true;
  if (::inet_pton(AF_INET, ip, bytes) == 1) return is_private_ip({bytes, 4});
  if (::inet_pton(AF_INET6, ip, bytes) == 1) return is_private_ip({bytes, 16});
  return true;
}

// Certificates of authorities: the user's, or those of a distribution other than the library's.
std::string certificates() {
  for (const char* variable : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    if (const char* file = std::getenv(variable); file != nullptr && *file != '\0') return file;
  }
  for (const char* file : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                           "/etc/ssl/cert.pem"}) {
    if (::access(file, R_OK) == 0) return file;
  }
  return {};
}

// One exchange, as the library's callbacks see it.
struct Exchange {
  CURL* curl;
  const HttpRequest& request;
  const std::function<bool(const HttpHead&)>& wants_body;
  const ByteSink& body;
  HttpHead head{};
  std::size_t header_bytes = 0, sent = 0;
  bool has_head = false, declined = false, refused_private = false;
  std::exception_ptr error{};

  // Runs `action`; an exception must not pass through C.
  template <typename Action>
  bool guarded(const Action& action) {
    try {
      action();
      return true;
    } catch (...) {
      error = std::current_exception();
      return false;
    }
  }

  bool fail(const std::string& text) {
    error = std::make_exception_ptr(
        Error(ErrorKind::kFailed, fmt::format("{}: {}", request.address.shown(), text)));
    return false;
  }

  // An empty line ends the head.
  bool take_header(std::string_view line) {
    header_bytes += line.size();
    if (header_bytes > kMostHeaderBytes) return fail("the server's headers are too long");
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) {
      head = {};
      return true;
    }
    if (line.empty()) return end_head();
    const auto colon = line.find(':');
    if (colon == line.npos) return true;
    std::string name(line.substr(0, colon));
    for (char& c : name) c = static_cast<char>('A' <= c && c <= 'Z' ? c - 'A' + 'a' : c);
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t'))
      value.remove_prefix(1);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    head.headers.emplace_back(std::move(name), value);
    return true;
  }

  bool end_head() {
    if (has_head) return true;  // trailers
    long status = 0;
    libcurl().getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    head.status = static_cast<int>(status);
    if (status < 200) return true;  // 100 Continue
    char* ip = nullptr;
    libcurl().getinfo(curl, CURLINFO_PRIMARY_IP, &ip);
    head.from_public = !is_private_text(ip);
    // A connection that was kept does not pass through open_socket().
    if (request.public_only && !head.from_public) {
      refused_private = true;
      return false;
    }
    has_head = true;
    return guarded([&] { declined = !wants_body(head); });
  }
};

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  return static_cast<Exchange*>(user)->take_header({data, size * count}) ? size * count : 0;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::span<const char> bytes(data, size * count);
  if (exchange.declined) return 0;
  return exchange.guarded([&] { exchange.body(std::as_bytes(bytes)); }) ? bytes.size() : 0;
}

std::size_t on_upload(char* data, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const auto rest = exchange.request.body.subspan(exchange.sent);
  const std::size_t take = std::min(size * count, rest.size());
  std::memcpy(data, rest.data(), take);
  exchange.sent += take;
  return take;
}

int on_seek(void* user, curl_off_t offset, int origin) {
  auto& exchange = *static_cast<Exchange*>(user);
  if (origin != SEEK_SET || offset < 0 ||
      static_cast<std::size_t>(offset) > exchange.request.body.size())
    return CURL_SEEKFUNC_FAIL;
  exchange.sent = static_cast<std::size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& exchange = *static_cast<Exchange*>(user);
  if (!exchange.request.stop) return 0;
  return exchange.guarded([&] { exchange.request.stop(); }) ? 0 : 1;
}

curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(user);
  if (exchange.request.public_only && is_private_ip(ip_of(&address->addr))) {
    exchange.refused_private = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// What ended a transfer, as an error of ours.
[[noreturn]] void throw_transfer(const Exchange& exchange, CURLcode code, const char* detail) {
  const Address& address = exchange.request.address;
  const auto pass = [&](int number, const std::string& why, const char* advice) {
    throw SystemError(ErrorKind::kFailed, number, fmt::format("{}: {}", address.shown(), why),
                      advice);
  };
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      pass(EAGAIN, fmt::format("the name {} can't be resolved", address.host),
           "; check the address and the network, then run the same command again");
      break;
    case CURLE_COULDNT_CONNECT:
      pass(EAGAIN, "no connection to the server",
           "; check the address and the network, then run the same command again");
      break;
    case CURLE_OPERATION_TIMEDOUT:
      pass(
          ETIMEDOUT,
          fmt::format("the server sent less than {} bytes/s for {} s", kSlowestBytes, kSlowSeconds),
          "; run the same command again");
      break;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SEND_FAIL_REWIND:
      pass(ECONNRESET, "the connection was cut", "; run the same command again");
      break;
    default:
      throw Error(ErrorKind::kFailed,
                  fmt::format("{}: {}", address.shown(),
                              *detail != '\0' ? detail : libcurl().strerror(code)));
  }
  std::abort();  // not reached
}

class HeaderList {
 public:
  void add(const std::string& line) { list_ = libcurl().slist_append(list_, line.c_str()); }
  ~HeaderList() { libcurl().slist_free_all(list_); }
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

class CurlTransport final : public HttpTransport {
 public:
  CurlTransport() : certificates_(certificates()) { libcurl(); }
  ~CurlTransport() override {
    if (process_ != ::getpid()) return;
    for (CURL* curl : idle_) libcurl().cleanup(curl);
  }
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  HttpHead exchange(const HttpRequest& request,
                    const std::function<bool(const HttpHead&)>& wants_body,
                    const ByteSink& body) override {
    CURL* const curl = take();
    Exchange state{curl, request, wants_body, body};
    char detail[CURL_ERROR_SIZE] = "";
    HeaderList headers;
    set_options(curl, state, headers, detail);
    const CURLcode code = libcurl().perform(curl);
    if (code == CURLE_OK || state.has_head) {
      libcurl().reset(curl);  // keeps its connections
      give_back(curl);
    } else {
      // libcurl 7.88 keeps the buffer of a transfer that failed early, and then refuses options.
      libcurl().cleanup(curl);
    }
    if (state.error) std::rethrow_exception(state.error);
    if (state.refused_private) {
      throw Error(ErrorKind::kFailed,
                  fmt::format("{}: is in a private network, to which a public server redirected; "
                              "--allow-redirects allows that",
                              request.address.shown()));
    }
    if (code == CURLE_OK || (state.has_head && state.declined)) return std::move(state.head);
    throw_transfer(state, code, detail);
  }

 private:
  CURL* take() {
    {
      const std::lock_guard lock(mutex_);
      if (process_ != ::getpid()) {  // after a fork: the connections are the parent's
        new std::vector<CURL*>(std::move(idle_));
        idle_.clear();
        process_ = ::getpid();
      }
      if (!idle_.empty()) {
        CURL* const curl = idle_.back();
        idle_.pop_back();
        return curl;
      }
    }
    CURL* const curl = libcurl().init();
    if (curl == nullptr) throw Error(ErrorKind::kFailed, "libcurl can't be started");
    return curl;
  }
  void give_back(CURL* curl) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(curl);
  }

  void set_options(CURL* curl, Exchange& state, HeaderList& headers, char* detail) const {
    const HttpRequest& request = state.request;
    const auto set = [curl](CURLoption option, auto value) {
      if (const CURLcode code = libcurl().setopt(curl, option, value); code != CURLE_OK)
        throw Error(ErrorKind::kFailed,
                    fmt::format("libcurl refuses an option: {}", libcurl().strerror(code)));
    };
    set(CURLOPT_ERRORBUFFER, detail);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_URL, request.address.text().c_str());
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_FOLLOWLOCATION, 0L);
#if LIBCURL_VERSION_NUM >= 0x075500
    set(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    set(CURLOPT_LOW_SPEED_LIMIT, kSlowestBytes);
    set(CURLOPT_LOW_SPEED_TIME, kSlowSeconds);
    set(CURLOPT_BUFFERSIZE, kBufferBytes);
    set(CURLOPT_USERAGENT, "rodprep");
    if (!certificates_.empty()) set(CURLOPT_CAINFO, certificates_.c_str());
    if (request.send_credentials) {
      if (!request.address.user.empty()) {
        set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        set(CURLOPT_USERNAME, request.address.user.c_str());
        set(CURLOPT_PASSWORD, request.address.password.c_str());
      } else {
        set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_OPTIONAL));
      }
    }
    headers.add("Accept-Encoding: identity");
    headers.add("Expect:");
    for (const auto& [name, value] : request.headers)
      headers.add(fmt::format("{}: {}", name, value));
    set_method(curl, state, headers);
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);  // of a proxy
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(&state));
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&state));
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &on_progress);
    set(CURLOPT_XFERINFODATA, static_cast<void*>(&state));
    set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&state));
  }

  static void set_method(CURL* curl, Exchange& state, HeaderList& headers) {
    const std::string& method = state.request.method;
    if (method == "HEAD") libcurl().setopt(curl, CURLOPT_NOBODY, 1L);
    if (method == "GET" || method == "HEAD") return;
    libcurl().setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
    if (method != "PUT" && method != "POST") return;
    libcurl().setopt(curl, CURLOPT_UPLOAD, 1L);
    libcurl().setopt(curl, CURLOPT_INFILESIZE_LARGE,
                     static_cast<curl_off_t>(state.request.body.size()));
    libcurl().setopt(curl, CURLOPT_READFUNCTION, &on_upload);
    libcurl().setopt(curl, CURLOPT_READDATA, static_cast<void*>(&state));
    libcurl().setopt(curl, CURLOPT_SEEKFUNCTION, &on_seek);
    libcurl().setopt(curl, CURLOPT_SEEKDATA, static_cast<void*>(&state));
    headers.add("Transfer-Encoding:");
  }

  const std::string certificates_;
  std::mutex mutex_;
  pid_t process_ = ::getpid();  // guarded by mutex_
  std::vector<CURL*> idle_;     // guarded by mutex_
};

}  // namespace

std::shared_ptr<HttpTransport> curl_transport() {
  return std::make_shared<CurlTransport>();
}

}  // namespace rod::io
