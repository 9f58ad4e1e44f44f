#include "base/patience.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "base/error.h"

namespace rod {
namespace {

using std::chrono::seconds;

TEST(Patience, KnowsWhatADriveMayRecoverFrom) {
  for (const int error : {EIO, ENOTCONN, ECONNABORTED, ECONNRESET, EHOSTUNREACH, ESTALE, ETIMEDOUT,
                          ENODEV, ENXIO, EREMOTEIO, EAGAIN, EBUSY, ENOMEM, EINTR}) {
    EXPECT_TRUE(may_pass(error)) << error;
  }
  for (const int error :
       {0, ENOENT, ENOTDIR, EISDIR, EACCES, EPERM, EINVAL, ENOSPC, EROFS, ELOOP}) {
    EXPECT_FALSE(may_pass(error)) << error;
  }
}

TEST(Patience, TriesAgainUntilTheCallSucceeds) {
  std::vector<std::string> said;
  int calls = 0;
  patiently("drive/a", "open",
            {seconds(60), [&](const std::string& text) { said.push_back(text); }},
            [&] { return ++calls < 3 ? ENOTCONN : 0; });
  EXPECT_EQ(calls, 3);
  ASSERT_EQ(said.size(), 2u);
  EXPECT_TRUE(said[0].starts_with("drive/a: can't open: ")) << said[0];
  EXPECT_TRUE(said[0].ends_with("; trying again in 0.25 s")) << said[0];
}

TEST(Patience, NamesTheFileWhenTheTimeIsOver) {
  try {
    patiently("drive/a", "open", {seconds(0), {}}, [] { return EIO; });
    FAIL();
  } catch (const Error& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("drive/a: can't open: ")) << error.what();
  }
}

TEST(Patience, DoesNotRepeatWhatStaysAsItIs) {
  int calls = 0;
  EXPECT_THROW(patiently("a", "open", {seconds(60), {}}, [&] { return ++calls, ENOENT; }), Error);
  EXPECT_EQ(calls, 1);
}

TEST(Patience, RepeatsAnInterruptedCallAtOnce) {
  int calls = 0;
  patiently("a", "open", {}, [&] { return ++calls < 3 ? EINTR : 0; });
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace rod
