#include "io/retry.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "base/error.h"
#include "tests/manual_time.h"

namespace rod::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

RetryPolicy for_a_while(seconds time) {
  RetryPolicy policy;
  policy.give_up_after = time;
  return policy;
}

TEST(Retry, KnowsWhatADriveMayRecoverFrom) {
  for (const int error : {EIO, ENOTCONN, ECONNABORTED, ECONNRESET, EHOSTUNREACH, ESTALE, ETIMEDOUT,
                          ENODEV, ENXIO, EREMOTEIO, EAGAIN, EBUSY, ENOMEM, EINTR}) {
    EXPECT_TRUE(may_pass(error)) << error;
  }
  for (const int error :
       {0, ENOENT, ENOTDIR, EISDIR, EACCES, EPERM, EINVAL, ENOSPC, EROFS, ELOOP}) {
    EXPECT_FALSE(may_pass(error)) << error;
  }
}

TEST(Retry, TriesAgainUntilTheCallSucceeds) {
  std::vector<std::string> said;
  ManualTime time;
  RetryPolicy policy = for_a_while(seconds(60));
  policy.time = &time;
  int calls = 0;
  retry(
      policy, {}, [&](const std::string& text) { said.push_back(text); },
      [&] {
        if (++calls < 3) throw_errno("drive/a", "open", ENOTCONN);
      });
  EXPECT_EQ(calls, 3);
  ASSERT_EQ(said.size(), 2u);
  EXPECT_TRUE(said[0].starts_with("drive/a: can't open: ")) << said[0];
  EXPECT_TRUE(said[0].ends_with("; trying again in 0.25 s")) << said[0];
  EXPECT_EQ(time.passed(), milliseconds(250 + 500));
}

TEST(Retry, GivesUpWhenItsTimeIsOver) {
  ManualTime time;
  RetryPolicy policy = for_a_while(seconds(60));
  policy.time = &time;
  int calls = 0;
  try {
    retry(policy, {}, {}, [&] {
      ++calls;
      throw_errno("drive/a", "open", EIO);
    });
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(", 13 times in a row within 1 min 04 s"),
              std::string::npos)
        << error.what();
  }
  EXPECT_EQ(calls, 13);
  // 0.25, 0.5, 1, 2 and 4 s, then 8 s each.
  EXPECT_EQ(time.passed(), milliseconds(7750 + 7 * 8000));
}

TEST(Retry, NamesTheFileWhenTheTimeIsOver) {
  try {
    retry(for_a_while(seconds(0)), {}, {}, [] { throw_errno("drive/a", "open", EIO); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("drive/a: can't open: ")) << error.what();
  }
}

TEST(Retry, DoesNotRepeatWhatStaysAsItIs) {
  int calls = 0;
  EXPECT_THROW(retry(for_a_while(seconds(60)), {}, {},
                     [&] {
                       ++calls;
                       throw_errno("a", "open", ENOENT);
                     }),
               Error);
  EXPECT_EQ(calls, 1);
}

TEST(Retry, RepeatsAnInterruptedCallAtOnce) {
  int calls = 0;
  retry({}, {}, {}, [&] {
    if (++calls < 3) throw_errno("a", "open", EINTR);
  });
  EXPECT_EQ(calls, 3);
}

TEST(Retry, SaysHowOftenItHasTried) {
  RetryPolicy policy;
  policy.give_up_after = std::chrono::milliseconds::max();
  policy.first_pause = std::chrono::milliseconds(0);
  policy.max_tries = 3;
  int calls = 0;
  try {
    retry(policy, {}, {}, [&] {
      ++calls;
      throw_errno("drive/a", "open", EIO);
    });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailed);
    EXPECT_NE(std::string(error.what()).find(", 3 times in a row; if this is a mounted drive"),
              std::string::npos)
        << error.what();
  }
  EXPECT_EQ(calls, 3);
}

TEST(Retry, LogsOnlyTheFirstFailureWhereThePolicySaysSo) {
  RetryPolicy policy = for_a_while(seconds(60));
  policy.first_pause = std::chrono::milliseconds(0);
  policy.log_every_try = false;
  int calls = 0, logged = 0;
  retry(
      policy, {}, [&](const std::string&) { ++logged; },
      [&] {
        if (++calls < 4) throw_errno("drive/a", "open", EIO);
      });
  EXPECT_EQ(logged, 1);
}

TEST(Retry, EndsAPauseWhenTheWorkIsToStop) {
  RetryPolicy policy = for_a_while(seconds(3600));
  policy.first_pause = seconds(3600);
  ManualTime time;
  policy.time = &time;
  int asked = 0;
  EXPECT_THROW(retry(
                   policy,
                   [&] {
                     if (++asked == 3) throw Error(ErrorKind::kInterrupted, "stopped");
                   },
                   {}, [] { throw_errno("drive/a", "open", EIO); }),
               Error);
  EXPECT_EQ(asked, 3);
}

TEST(Backoff, DoublesUpToTheLongestPause) {
  RetryPolicy policy;
  policy.first_pause = seconds(1);
  policy.longest_pause = seconds(3);
  Backoff backoff(policy);
  EXPECT_EQ(backoff.next(), seconds(1));
  EXPECT_EQ(backoff.next(), seconds(2));
  EXPECT_EQ(backoff.next(), seconds(3));
  EXPECT_EQ(backoff.next(), seconds(3));
  backoff.reset();
  EXPECT_EQ(backoff.next(), seconds(1));
}

TEST(Retry, AServersWaitIsWaitedOrTooLong) {
  ManualTime time;
  const RetryPolicy policy{
      .give_up_after = seconds(5), .first_pause = milliseconds(0), .time = &time};
  const auto ask_to_wait = [&](std::chrono::milliseconds wait) {
    int calls = 0;
    const auto start = time.now();
    retry(policy, {}, {}, [&] {
      if (++calls == 1) throw RetryLater(EAGAIN, "the server is busy", "; later", wait);
    });
    return time.now() - start;
  };
  EXPECT_EQ(ask_to_wait(milliseconds(120)), milliseconds(150));  // in steps of 50 ms
  try {
    ask_to_wait(std::chrono::hours(1));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "the server is busy and asks to wait 1 h 00 min, which exceeds the time for "
                 "retries; later");
  }
}

}  // namespace
}  // namespace rod::io
