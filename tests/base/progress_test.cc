#include "base/progress.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <string>

#include "tests/manual_time.h"

namespace rod {
namespace {

// What `action` writes to standard error when that is a terminal of the given size.
std::string on_terminal(unsigned short columns, const std::function<void()>& action) {
  int terminal = -1;
  struct winsize window {};
  window.ws_col = columns;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, &window);
  if (child == 0) {
    action();
    ::_exit(0);
  }
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = ::read(terminal, buffer, sizeof buffer)) > 0;) text.append(buffer, got);
  ::waitpid(child, nullptr, 0);
  ::close(terminal);
  return text;
}

void long_job() {
  ManualTime time;
  Progress progress("extract", std::string(200, 'f'), 100, 0, false, time);
  for (int i = 0; i < 100; ++i) {
    time.sleep(std::chrono::milliseconds(6));  // more than two painting intervals
    progress.add(1);
  }
  progress.finish();
}

TEST(Progress, AssumesAHundredColumnsOnATerminalWithoutASize) {
  const std::string text = on_terminal(0, long_job);
  std::size_t start = 0, painted = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] != '\r' && text[at] != '\n') continue;
    EXPECT_LE(at - start, 99u);
    painted += at > start;
    start = at + 1;
  }
  EXPECT_GE(painted, 2u);
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << "no cursor movement in a notebook cell";
}

TEST(Progress, CountsWhatAnEarlierRunDidButNotForTheRate) {
  const std::string text = on_terminal(100, [] {
    ManualTime time;
    Progress progress("extract", "files", 1000, 0, false, time);
    progress.start_from(900, 0);
    time.sleep(std::chrono::milliseconds(300));  // more than one painting interval
    progress.add(10);
  });
  EXPECT_NE(text.find("910/1,000 files"), std::string::npos) << text;
  // 10 files in 0.3 s or more, and 90 to come: at least 2.7 s.
  const auto rate = text.find("files  ") + 7, left = text.find("time left ") + 10;
  ASSERT_LT(left, text.size()) << text;
  EXPECT_LE(std::stod(text.substr(rate)), 34) << text;
  EXPECT_GE(std::stod(text.substr(left)), 2.6) << text;
}

TEST(Progress, EndsItsLineOnATerminal) {
  const std::string text = on_terminal(80, long_job);
  ASSERT_FALSE(text.empty());
  EXPECT_EQ(text.front(), '\r');
  EXPECT_EQ(text.back(), '\n');
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(StatusLine, ShowsANewPartAtOnce) {
  const std::string text = on_terminal(100, [] {
    StatusLine line(false);
    line.begin("looking at the GPU");
    line.begin("looking at torch");
  });
  EXPECT_EQ(text, "\rlooking at the GPU\rlooking at torch  \r\n");
}

TEST(Progress, IsOnePlainLineInAPipe) {
  testing::internal::CaptureStderr();
  {
    Progress progress("cache", "pairs", 10, 1000, false);
    for (int i = 0; i < 10; ++i) progress.add(1, 100);
    progress.finish();
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find("cache  10 pairs  1.0 kB"), 0u) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_EQ(text.find('\r'), std::string::npos);
}

TEST(Progress, IsSilentWhenQuiet) {
  testing::internal::CaptureStderr();
  {
    Progress progress("cache", "pairs", 10, 0, true);
    progress.add(10);
    progress.say("a remark");
    progress.finish();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace rod
