#include "io/verified_copy.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string_view>

#include "base/error.h"
#include "io/file.h"
#include "tests/temporary_folder.h"

namespace rod::io {
namespace {

namespace fs = std::filesystem;

FileContent source(std::string_view text) {
  return [text](const ByteSink& sink) {
    sink(std::as_bytes(std::span(text.substr(0, 3))));
    sink(std::as_bytes(std::span(text.substr(3))));
  };
}

TEST(VerifiedCopy, WritesAWholeFileOverTheOneBefore) {
  const TemporaryFolder folder;
  write_verified(folder / "a" / "file", source("before"));
  write_verified(folder / "a" / "file", source("whatever"));
  EXPECT_EQ(read_file(folder / "a" / "file"), "whatever");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "a"), {}), 1);
}

TEST(VerifiedCopy, LeavesTheOneBeforeWhenItsSourceFails) {
  const TemporaryFolder folder;
  write_verified(folder / "file", source("before"));
  EXPECT_THROW(write_verified(folder / "file",
                              [](const ByteSink& sink) {
                                sink(std::as_bytes(std::span(std::string_view("half"))));
                                throw Error(ErrorKind::kFailed, "source");
                              }),
               Error);
  EXPECT_EQ(read_file(folder / "file"), "before");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(VerifiedCopy, NamesASourceThatIsNotWhatWasExpected) {
  const TemporaryFolder folder;
  write_file(folder / "from", "text");
  CopyOptions options;
  options.expected = hash_contents(*open_file(folder / "from"));
  EXPECT_EQ(copy_verified(*open_file(folder / "from"), folder / "to", options), options.expected);
  write_file(folder / "from", "texs");
  EXPECT_THROW(copy_verified(*open_file(folder / "from"), folder / "other", options),
               SourceDiffers);
  write_file(folder / "from", "tex");
  try {
    copy_verified(*open_file(folder / "from"), folder / "other", options);
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_EQ(error.what(),
              (folder / "from").string() + ": ends at byte 3, expected 4 bytes; it is truncated");
  }
  EXPECT_FALSE(fs::exists(folder / "other"));
}

// The disk that changes what it holds between writing and reading back.
TEST(VerifiedCopy, RefusesACopyThatReadsBackDifferently) {
  const TemporaryFolder folder;
  write_file(folder / "to", "before");
  const fs::path temporary = temporary_path(folder / "to");
  int pieces = 0;
  CopyOptions options;
  options.between = [&] {  // called once for writing, then before the first piece is read back
    if (++pieces == 2) std::ofstream(temporary) << "t3xt";
  };
  write_file(folder / "from", "text");
  try {
    copy_verified(*open_file(folder / "from"), folder / "to", options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailed);
    EXPECT_NE(std::string(error.what()).find("read back with the hash"), std::string::npos);
  }
  EXPECT_EQ(read_file(folder / "to"), "before");
  EXPECT_FALSE(fs::exists(temporary));
}

TEST(VerifiedCopy, KeepsTheNameFromAppearingUntilTheLastQuestion) {
  const TemporaryFolder folder;
  CopyOptions options;
  options.before_rename = [&] {
    EXPECT_TRUE(fs::exists(temporary_path(folder / "to")));
    throw Error(ErrorKind::kFailed, "the lock is lost");
  };
  EXPECT_THROW(write_verified(folder / "to", source("text"), options), Error);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(VerifiedCopy, MovesAFileOnTheSameFileSystem) {
  const TemporaryFolder folder;
  write_file(folder / "from", "text");
  move_or_copy(folder / "from", folder / "there" / "to");
  EXPECT_EQ(read_file(folder / "there" / "to"), "text");
  EXPECT_FALSE(fs::exists(folder / "from"));
}

TEST(VerifiedCopy, CopiesAFileToAnotherFileSystemAndLeavesIt) {
  const TemporaryFolder folder;
  struct stat here {
  }, memory{};
  const fs::path shm = "/dev/shm";
  if (::stat(folder.path().c_str(), &here) != 0 || ::stat(shm.c_str(), &memory) != 0 ||
      here.st_dev == memory.st_dev) {
    GTEST_SKIP() << "no second file system";
  }
  const fs::path other = shm / folder.path().filename();
  write_file(folder / "from", std::string(3 << 20, 'x'));
  move_or_copy(folder / "from", other / "to");
  EXPECT_EQ(read_file(other / "to"), read_file(folder / "from"));
  fs::remove_all(other);
}

TEST(VerifiedCopy, EmptiesAndRemovesAndMindsNoFileThatIsNotThere) {
  const TemporaryFolder folder;
  write_file(folder / "file", "text");
  empty_then_remove(folder / "file");
  empty_then_remove(folder / "file");
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace rod::io
