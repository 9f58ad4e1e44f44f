#include "io/retry.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "base/error.h"

namespace rod::io {
namespace {

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
  int calls = 0;
  retry(
      for_a_while(seconds(60)), {}, [&](const std::string& text) { said.push_back(text); },
      [&] {
        if (++calls < 3) throw_errno("drive/a", "open", ENOTCONN);
      });
  EXPECT_EQ(calls, 3);
  ASSERT_EQ(said.size(), 2u);
  EXPECT_TRUE(said[0].starts_with("drive/a: can't open: ")) << said[0];
  EXPECT_TRUE(said[0].ends_with("; trying again in 0.25 s")) << said[0];
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
  const RetryPolicy policy{.give_up_after = std::chrono::seconds(5),
                           .first_pause = std::chrono::milliseconds(0)};
  const auto ask_to_wait = [&](std::chrono::milliseconds wait) {
    int calls = 0;
    const auto start = std::chrono::steady_clock::now();
    retry(policy, {}, {}, [&] {
      if (++calls == 1) throw RetryLater(EAGAIN, "the server is busy", "; later", wait);
    });
    return std::chrono::steady_clock::now() - start;
  };
  EXPECT_GE(ask_to_wait(std::chrono::milliseconds(120)), std::chrono::milliseconds(120));
  try {
    ask_to_wait(std::chrono::hours(1));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "the server is busy and asks to wait 1 h 00 min, longer than it is retried; later");
  }
}

}  // namespace
}  // namespace rod::io
