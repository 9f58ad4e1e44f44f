#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <vector>

#include "base/error.h"
#include "io/drive_file.h"
#include "tests/manual_time.h"
#include "tests/temporary_folder.h"

namespace {

// How reads fail in this test program: so many of them, all with this error; or those of one
// descriptor.
std::atomic<int> failures{0}, failing_error{EIO}, dead_descriptor{-1};

}  // namespace

// In place of the C library's.
extern "C" ssize_t pread(int fd, void* bytes, size_t count, off_t offset) {
  if (fd == dead_descriptor.load() || failures.fetch_sub(1) > 0) {
    errno = failing_error;
    return -1;
  }
  return ::syscall(SYS_pread64, fd, bytes, count, offset);
}

namespace rod::io {
namespace {

using std::chrono::seconds;

class RetryingFileTest : public testing::Test {
 protected:
  RetryingFileTest() {
    std::ofstream(path_) << "0123456789";
    failures = 0;
    failing_error = EIO;
  }
  ~RetryingFileTest() override {
    failures = 0;
    dead_descriptor = -1;
  }

  using FilePointer = std::shared_ptr<const RandomAccessFile>;

  FilePointer open(seconds time) {
    Retrying how;
    how.policy.give_up_after = time;
    how.policy.time = &time_;
    how.log = [this](const std::string& text) { said_.push_back(text); };
    return open_retrying(path_, how);
  }
  std::string read(const FilePointer& file, std::uint64_t offset, std::size_t size) {
    std::string text(size, '\0');
    text.resize(file->read_at(std::as_writable_bytes(std::span(text)), offset));
    return text;
  }
  Error error_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {ErrorKind::kFailed, ""};
  }

  const TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_ / "file";
  std::vector<std::string> said_;
  ManualTime time_;
};

TEST_F(RetryingFileTest, TriesAgainAndSaysSo) {
  const FilePointer file = open(seconds(60));
  failures = 2;
  EXPECT_EQ(read(file, 3, 100), "3456789");
  ASSERT_EQ(said_.size(), 2u);
  EXPECT_NE(said_[0].find("offset 3"), std::string::npos) << said_[0];
  EXPECT_NE(said_[0].find("0.25 s"), std::string::npos) << said_[0];
  EXPECT_NE(said_[1].find("0.5 s"), std::string::npos) << said_[1];
  EXPECT_EQ(time_.passed(), std::chrono::milliseconds(250 + 500));
}

TEST_F(RetryingFileTest, OpensTheFileAnewAsADescriptorOfALostMountStaysDead) {
  failing_error = ENOTCONN;
  dead_descriptor = ::dup(STDIN_FILENO);  // the number that the file gets
  ::close(dead_descriptor);
  const FilePointer file = open(seconds(60));
  EXPECT_EQ(read(file, 0, 4), "0123");
  EXPECT_EQ(said_.size(), 1u);
}

TEST_F(RetryingFileTest, GivesUpWhenTheTimeIsOver) {
  const FilePointer file = open(seconds(0));
  failures = 1000;
  const Error error = error_of([&] { read(file, 5, 1); });
  EXPECT_EQ(error.kind(), ErrorKind::kFailed);
  EXPECT_NE(std::string(error.what()).find("offset 5"), std::string::npos) << error.what();
}

TEST_F(RetryingFileTest, DoesNotWaitForWhatCannotPass) {
  failing_error = EINVAL;
  const FilePointer file = open(seconds(60));
  failures = 1;
  error_of([&] { read(file, 0, 1); });
  EXPECT_TRUE(said_.empty());
}

TEST_F(RetryingFileTest, RefusesAnotherFileUnderTheName) {
  const FilePointer file = open(seconds(60));
  std::ofstream(path_) << "another one";
  failures = 1;
  EXPECT_EQ(error_of([&] { read(file, 0, 1); }).kind(), ErrorKind::kBadInput);
}

TEST_F(RetryingFileTest, RefusesAFileOfTheSameSizeThatWasWrittenLater) {
  const FilePointer file = open(seconds(60));
  std::filesystem::last_write_time(path_, std::filesystem::last_write_time(path_) + seconds(5));
  failures = 1;
  EXPECT_EQ(error_of([&] { read(file, 0, 1); }).kind(), ErrorKind::kBadInput);
}

TEST_F(RetryingFileTest, WaitsForADriveThatIsMountedAgainMeanwhile) {
  const FilePointer file = open(seconds(60));
  std::filesystem::rename(path_, folder_ / "elsewhere");  // the path names nothing for a while
  failures = 2;
  EXPECT_EQ(read(file, 0, 4), "0123");
  EXPECT_EQ(said_.size(), 2u);
}

TEST_F(RetryingFileTest, SaysWhereAFileEndsTooEarly) {
  const FilePointer file = open(seconds(0));
  std::vector<std::byte> bytes(20);
  EXPECT_EQ(error_of([&] { read_exactly(*file, bytes, 0); }).kind(), ErrorKind::kBadInput);
}

}  // namespace
}  // namespace rod::io
