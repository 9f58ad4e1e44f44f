#include "io/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "base/error.h"

namespace rod::io {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kLongestWait = 24 * 60 * 60;  // seconds

// The whole of `text` as a number.
std::optional<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "Sun, 06 Nov 1994 08:49:37 GMT" in seconds since 1970. Independent of the locale.
std::optional<std::int64_t> parse_date(const std::string& text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  std::tm time{};
  char month[4] = {};
  if (std::sscanf(text.c_str() + 5, "%2d %3s %4d %2d:%2d:%2d", &time.tm_mday, month, &time.tm_year,
                  &time.tm_hour, &time.tm_min, &time.tm_sec) != 6)
    return std::nullopt;
  const auto found = std::find(kMonths.begin(), kMonths.end(), std::string_view(month));
  if (found == kMonths.end()) return std::nullopt;
  time.tm_mon = static_cast<int>(found - kMonths.begin());
  time.tm_year -= 1900;
  return ::timegm(&time);
}

// What helps against an error code of S3, or nullptr.
const char* advice_for(std::string_view code) {
  if (code == "ExpiredToken" || code == "TokenRefreshRequired" || code == "RequestExpired")
    return "the credentials have expired; get new ones (aws sso login, or set AWS_ACCESS_KEY_ID, "
           "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN) and run the same command again";
  if (code == "InvalidAccessKeyId" || code == "SignatureDoesNotMatch" || code == "InvalidToken")
    return "the credentials are wrong; check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, "
           "AWS_SESSION_TOKEN and AWS_PROFILE";
  if (code == "RequestTimeTooSkewed") return "this machine's clock is wrong; set it";
  if (code == "NoSuchBucket") return "there is no such bucket; check it and --endpoint";
  if (code == "AuthorizationHeaderMalformed" || code == "PermanentRedirect")
    return "the bucket is in another region; give --region";
  return nullptr;
}

}  // namespace

std::optional<std::string> HttpHead::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<ContentRange> parse_content_range(std::string_view text) {
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  const auto slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  ContentRange range;
  const std::string_view bytes = text.substr(0, slash), total = text.substr(slash + 1);
  if (total != "*") {
    range.total = decimal(total);
    if (!range.total) return std::nullopt;
  }
  if (bytes == "*") return range.total ? std::optional(range) : std::nullopt;
  const auto dash = bytes.find('-');
  if (dash == bytes.npos) return std::nullopt;
  const auto first = decimal(bytes.substr(0, dash)), last = decimal(bytes.substr(dash + 1));
  if (!first || !last || *first > *last || (range.total && *last >= *range.total))
    return std::nullopt;
  range.bytes.emplace(*first, *last);
  return range;
}

std::optional<milliseconds> parse_retry_after(std::string_view text, std::int64_t now) {
  std::int64_t seconds = 0;
  if (const auto number = decimal(text)) {
    seconds = static_cast<std::int64_t>(std::min<std::uint64_t>(*number, kLongestWait));
  } else if (const auto date = parse_date(std::string(text))) {
    seconds = std::clamp<std::int64_t>(*date - now, 0, kLongestWait);
  } else {
    return std::nullopt;
  }
  return milliseconds(1000 * seconds);
}

void throw_for_status(const std::string& what, const HttpHead& head, const std::string& code) {
  const int status = head.status;
  const std::string answer =
      fmt::format("{}: the server answered {}{}{}", what, status, code.empty() ? "" : " ", code);
  const auto fail = [&](ErrorKind kind, const char* text) {
    throw Error(kind, fmt::format("{}: {}", answer, text));
  };
  if (const char* advice = advice_for(code)) fail(ErrorKind::kFailed, advice);
  switch (status) {
    case 401:
    case 403:
    case 407:
      fail(ErrorKind::kFailed,
           "it refuses access; give credentials that are valid now, or check the address");
      break;
    case 404:
    case 410:
      fail(ErrorKind::kBadInput, "there is nothing at this address; check it");
      break;
    case 408:
    case 425:
    case 429:
      break;
    default:
      if (status < 500)
        fail(ErrorKind::kFailed, "that is not a valid response to a request for a file");
      if (status == 501 || status == 505) fail(ErrorKind::kFailed, "it can't serve files");
  }
  const auto written = head.header("retry-after");
  const auto wait = written
                        ? parse_retry_after(*written, std::time(nullptr)).value_or(milliseconds(0))
                        : milliseconds(0);
  throw RetryLater(EAGAIN,
                   answer + (status == 429   ? " (too many requests)"
                             : status == 503 ? " (unavailable)"
                                             : ""),
                   "; run the same command again later", wait);
}

}  // namespace rod::io
