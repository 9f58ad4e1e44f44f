#include "store/publish.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "tests/temporary_folder.h"

namespace rod {
namespace {

namespace fs = std::filesystem;

FileContent source(std::string_view text) {
  return [text](const ByteSink& sink) {
    sink(std::as_bytes(std::span(text.substr(0, 3))));
    sink(std::as_bytes(std::span(text.substr(3))));
  };
}

TEST(Publish, WritesAWholeFileOverTheOneBefore) {
  const TemporaryFolder folder;
  publish(folder / "a" / "file", source("before"));
  publish(folder / "a" / "file", source("whatever"));
  EXPECT_EQ(read_file(folder / "a" / "file"), "whatever");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "a"), {}), 1);
}

TEST(Publish, LeavesTheOneBeforeWhenItsSourceFails) {
  const TemporaryFolder folder;
  publish(folder / "file", source("before"));
  EXPECT_THROW(publish(folder / "file",
                       [](const ByteSink& sink) {
                         sink(std::as_bytes(std::span(std::string_view("half"))));
                         throw Error(ErrorKind::kFailed, "source");
                       }),
               Error);
  EXPECT_EQ(read_file(folder / "file"), "before");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(Publish, MovesAFileOnTheSameFileSystem) {
  const TemporaryFolder folder;
  write_file(folder / "from", "text");
  publish_file(folder / "from", folder / "there" / "to");
  EXPECT_EQ(read_file(folder / "there" / "to"), "text");
  EXPECT_FALSE(fs::exists(folder / "from"));
}

TEST(Publish, CopiesAFileToAnotherFileSystemAndLeavesIt) {
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
  publish_file(folder / "from", other / "to");
  EXPECT_EQ(read_file(other / "to"), read_file(folder / "from"));
  fs::remove_all(other);
}

TEST(Publish, EmptiesAndRemovesAndMindsNoFileThatIsNotThere) {
  const TemporaryFolder folder;
  write_file(folder / "file", "text");
  empty_then_remove(folder / "file");
  empty_then_remove(folder / "file");
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace rod
