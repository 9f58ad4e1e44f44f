#include "io/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>

#include "base/error.h"
#include "tests/temporary_folder.h"

namespace rod::io {
namespace {

namespace fs = std::filesystem;

std::size_t entries_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

ErrorKind kind_of_error(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorKind::kFailed;
}

TEST(AtomicFile, AppearsOnlyWhenPublished) {
  const TemporaryFolder folder;
  AtomicFile file(folder / "a.bin");
  file.write("hello");
  EXPECT_FALSE(fs::exists(folder / "a.bin"));
  file.publish();
  EXPECT_EQ(read_file(folder / "a.bin"), "hello");
  EXPECT_EQ(entries_in(folder.path()), 1u);
}

TEST(AtomicFile, LeavesNothingBehindWithoutPublish) {
  const TemporaryFolder folder;
  { AtomicFile(folder / "a.bin").write("hello"); }
  EXPECT_EQ(entries_in(folder.path()), 0u);
}

TEST(AtomicFile, ReplacesAnOlderFileWhole) {
  const TemporaryFolder folder;
  write_file(folder / "a.bin", "a much longer first version");
  write_file(folder / "a.bin", "second");
  EXPECT_EQ(read_file(folder / "a.bin"), "second");
}

TEST(AtomicFile, CreatesMissingFolders) {
  const TemporaryFolder folder;
  write_file(folder / "x/y/z.txt", "deep");
  EXPECT_EQ(read_file(folder / "x/y/z.txt"), "deep");
}

TEST(AtomicFile, UsesNamesThatAreRecognisedAsTemporary) {
  const TemporaryFolder folder;
  AtomicFile file(folder / "a.bin");
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    EXPECT_TRUE(is_temporary_name(entry.path().filename().string()));
  }
  EXPECT_FALSE(is_temporary_name("a.bin"));
  EXPECT_FALSE(is_temporary_name(".tmp"));
}

TEST(File, NamesAMissingFileAsBadInput) {
  try {
    File::open_read("/nonexistent/archive.tar");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
    EXPECT_NE(std::string(error.what()).find("/nonexistent/archive.tar"), std::string::npos);
  }
}

TEST(File, RefusesAPipeAndAFolderWithoutWaiting) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(kind_of_error([&] { File::open_read(folder / "pipe"); }), ErrorKind::kBadInput);
  EXPECT_EQ(kind_of_error([&] { File::open_read(folder.path()); }), ErrorKind::kBadInput);
}

TEST(File, RefusesToReadBeyondTheEnd) {
  const TemporaryFolder folder;
  write_file(folder / "a", "12345");
  const File file = File::open_read(folder / "a");
  std::array<std::byte, 4> buffer{};
  file.read_exactly(buffer, 1);
  EXPECT_EQ(kind_of_error([&] { file.read_exactly(buffer, 2); }), ErrorKind::kBadInput);
  EXPECT_EQ(file.read_some(buffer, 4), 1u);
  EXPECT_EQ(file.read_some(buffer, 100), 0u);
}

TEST(File, TellsAFullDiskFromOtherFailures) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  if (full < 0) GTEST_SKIP() << "there is no /dev/full";
  File file(full, "/dev/full");
  const std::array<std::byte, 4> data{};
  EXPECT_EQ(kind_of_error([&] { file.write_all(data); }), ErrorKind::kNoRoom);
  const int read_only = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  File other(read_only, "/dev/null");
  EXPECT_EQ(kind_of_error([&] { other.write_all(data); }), ErrorKind::kFailed);
}

TEST(ReadFile, RefusesMoreThanItsLimit) {
  const TemporaryFolder folder;
  write_file(folder / "a", "123456");
  EXPECT_EQ(kind_of_error([&] { read_file(folder / "a", 5); }), ErrorKind::kNoRoom);
}

TEST(FileLock, IsHeldByOneProcessAtATime) {
  const TemporaryFolder folder;
  const FileLock lock(folder / "lock", "the folder");
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      const FileLock second(folder / "lock", "the folder");
    } catch (const Error&) {
      ::_exit(7);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST(FileLock, LocksAFolderWithoutLeavingAFileInIt) {
  const TemporaryFolder folder;
  const FileLock lock(folder.path(), "the folder");
  EXPECT_EQ(entries_in(folder.path()), 0u);
  EXPECT_EQ(kind_of_error([&] { FileLock(folder.path(), "the folder"); }), ErrorKind::kFailed);
}

TEST(FileLock, EndsWithItsOwner) {
  const TemporaryFolder folder;
  { const FileLock lock(folder / "lock", "the folder"); }
  EXPECT_NO_THROW(FileLock(folder / "lock", "the folder"));
}

}  // namespace
}  // namespace rod::io
