#include "io/http.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "base/error.h"
#include "io/http_file.h"

namespace rod::io {
namespace {

using std::chrono::milliseconds;
using Bytes = std::pair<std::uint64_t, std::uint64_t>;

TEST(ContentRange, IsReadOrRefused) {
  EXPECT_EQ(parse_content_range("bytes 0-9/10"), (ContentRange{Bytes(0, 9), 10}));
  EXPECT_EQ(parse_content_range("bytes 5-5/*"), (ContentRange{Bytes(5, 5), {}}));
  EXPECT_EQ(parse_content_range("bytes */0"), (ContentRange{{}, 0}));
  EXPECT_EQ(parse_content_range("bytes 0-18446744073709551614/18446744073709551615"),
            (ContentRange{Bytes(0, UINT64_MAX - 1), UINT64_MAX}));
  for (const char* hostile : {"", "bytes", "bytes 0-9", "bytes 0-10/10", "bytes 9-0/10",
                              "bytes -9/10", "bytes 0-/10", "bytes 0-9/", "bytes */*",
                              "bytes 0-9/1e3", "items 0-9/10", "bytes 0-9/18446744073709551616",
                              "bytes +0-9/10", "bytes 0x0-9/10", "bytes 0-9/10 ", "bytes  0-9/10"})
    EXPECT_FALSE(parse_content_range(hostile)) << hostile;
}

TEST(RetryAfter, IsSecondsOrADate) {
  constexpr std::int64_t kNow = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(parse_retry_after("120", kNow), milliseconds(120'000));
  EXPECT_EQ(parse_retry_after("0", kNow), milliseconds(0));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", kNow), milliseconds(60'000));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1993 08:50:37 GMT", kNow), milliseconds(0));
  EXPECT_EQ(parse_retry_after("99999999999", kNow), milliseconds(86'400'000));
  for (const char* hostile : {"", "-1", "1.5", "soon", "Sun, 06 Foo 1994 08:50:37 GMT",
                              "Sun, 06 Nov 1994 08:50:37 XXX", "99999999999999999999999"})
    EXPECT_FALSE(parse_retry_after(hostile, kNow)) << hostile;
}

// A server in memory: each request is answered by `answer`.
class FakeServer final : public HttpTransport {
 public:
  struct Answer {
    HttpHead head;
    std::string body;
  };
  explicit FakeServer(std::function<Answer(const HttpRequest&)> answer)
      : answer_(std::move(answer)) {}

  HttpHead exchange(const HttpRequest& request,
                    const std::function<bool(const HttpHead&)>& wants_body,
                    const ByteSink& body) override {
    requests.push_back(request.address.text());
    sent_credentials.push_back(request.send_credentials);
    public_only.push_back(request.public_only);
    const Answer answer = answer_(request);
    if (wants_body(answer.head)) body(std::as_bytes(std::span(answer.body)));
    return answer.head;
  }

  std::vector<std::string> requests;
  std::vector<bool> sent_credentials, public_only;

 private:
  const std::function<Answer(const HttpRequest&)> answer_;
};

FakeServer::Answer whole_range(const std::string& data) {
  return {{206,
           {{"content-range",
             "bytes 0-" + std::to_string(data.size() - 1) + "/" + std::to_string(data.size())}}},
          data};
}

std::string fault_of(const std::shared_ptr<FakeServer>& server, bool allow = false) {
  try {
    open_http_file(parse_address("https://me:pw@host/a"),
                   {.allow_redirects = allow, .transport = server});
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

std::shared_ptr<FakeServer> redirecting(const std::string& location, bool from_public = true) {
  return std::make_shared<FakeServer>([=](const HttpRequest& request) -> FakeServer::Answer {
    if (request.address.host == "host" && request.address.path == "/a")
      return {{302, {{"location", location}}, from_public}, ""};
    return whole_range("data");
  });
}

TEST(HttpFile, ARedirectToAnotherSchemeIsRefused) {
  EXPECT_NE(fault_of(redirecting("http://host/b")).find("by another scheme"), std::string::npos);
  EXPECT_EQ(fault_of(redirecting("http://host/b"), true), "");
}

TEST(HttpFile, ARedirectFromAPublicServerToAPrivateOneIsRefused) {
  for (const char* hidden : {"https://127.0.0.1/", "https://localhost/", "https://[::1]/",
                             "https://169.254.169.254/latest", "https://2130706433/"}) {
    EXPECT_NE(fault_of(redirecting(hidden)).find("in a private network"), std::string::npos);
    EXPECT_EQ(fault_of(redirecting(hidden), true), "");
    EXPECT_EQ(fault_of(redirecting(hidden, false)), "");  // from a private server
  }
  // A name is looked up by the transport, which is told.
  const auto server = redirecting("https://other/b");
  EXPECT_EQ(fault_of(server), "");
  EXPECT_EQ(server->public_only, (std::vector<bool>{false, true}));
}

TEST(HttpFile, CredentialsGoToTheirOwnServerAlone) {
  const auto to = [](const char* location) {
    const auto server = redirecting(location);
    EXPECT_EQ(fault_of(server), "");
    return server->sent_credentials;
  };
  EXPECT_EQ(to("/b"), (std::vector<bool>{true, true}));
  EXPECT_EQ(to("https://host:443/b"), (std::vector<bool>{true, true}));
  EXPECT_EQ(to("https://host:444/b"), (std::vector<bool>{true, false}));
  EXPECT_EQ(to("https://host.evil/b"), (std::vector<bool>{true, false}));
}

TEST(HttpFile, HostileRedirectsAreRefused) {
  for (const char* location : {"", "gopher://h/", "/a\r\nX: y", "s3://bucket/key", "//"})
    EXPECT_NE(fault_of(redirecting(location), true), "") << location;
}

TEST(HttpFile, AnOutOfRangeAnswerNeverWritesBeyondTheBuffer) {
  const std::string data(1 << 20, 'x');
  const auto server = std::make_shared<FakeServer>([&](const HttpRequest& request) {
    const std::string range = request.headers.at(0).second;
    if (range.starts_with("bytes=0-")) {
      return FakeServer::Answer{{206, {{"content-range", "bytes 0-262143/1048576"}}},
                                data.substr(0, 262144)};
    }
    return FakeServer::Answer{{206, {{"content-range", "bytes 500000-500009/1048576"}}},
                              std::string(5000, 'y')};
  });
  const auto file = open_http_file(parse_address("https://host/a"), {.transport = server});
  std::vector<std::byte> out(10);
  EXPECT_THROW(file->read_at(out, 500000), SystemError);
  EXPECT_EQ(file->read_at(out, 1 << 20), 0u);
}

}  // namespace
}  // namespace rod::io
