#include "store/small_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "io/file.h"
#include "tests/temporary_folder.h"

namespace rod::store {
namespace {

class SmallFilesTest : public testing::Test {
 protected:
  void flush(bool fresh = false) { files_.flush_to(run_, fresh, /*sync=*/true); }
  std::string in_run(const char* name) const { return io::read_file(run_ / name); }
  ino_t inode(const char* name) const {
    struct stat status {};
    EXPECT_EQ(::stat((run_ / name).c_str(), &status), 0);
    return status.st_ino;
  }

  // "log" in the run folder, "ab", appended to since it was written anew; its inode.
  ino_t grow() {
    files_.put("log", "a");
    flush();
    files_.append("log", "b");
    flush();
    return inode("log");
  }

  const TemporaryFolder folder_;
  const std::filesystem::path run_ = folder_ / "run";
  SmallFiles files_;
};

TEST_F(SmallFilesTest, AppendsWhatIsNew) {
  files_.put("log", "a");
  flush();
  const ino_t before = inode("log");
  files_.append("log", "b");
  EXPECT_TRUE(files_.dirty());
  EXPECT_EQ(in_run("log"), "a") << "nothing touches the folder but flush_to()";
  flush();
  EXPECT_EQ(in_run("log"), "ab");
  EXPECT_EQ(inode("log"), before);
  EXPECT_FALSE(files_.dirty());
}

TEST_F(SmallFilesTest, WritesAGrownFileAnewWhenAskedTo) {
  const ino_t before = grow();
  flush(/*fresh=*/true);
  EXPECT_NE(inode("log"), before);
  EXPECT_EQ(in_run("log"), "ab");
  const ino_t after = inode("log");
  flush(/*fresh=*/true);
  EXPECT_EQ(inode("log"), after) << "it has not grown since";
}

TEST_F(SmallFilesTest, ReplacesAFileThatSomebodyElseHasChanged) {
  files_.put("log", "a");
  flush();
  io::write_file(run_ / "log", "half a line that was never fini");
  files_.append("log", "b");
  flush();
  EXPECT_EQ(in_run("log"), "ab");
}

TEST_F(SmallFilesTest, RepeatsWhatHasFailed) {
  io::write_file(run_, "");  // a file where the folder should be
  files_.append("log", "a");
  EXPECT_THROW(flush(), Error);
  EXPECT_TRUE(files_.dirty());
  std::filesystem::remove(run_);
  flush();
  EXPECT_EQ(in_run("log"), "a");
}

TEST_F(SmallFilesTest, WritesTheRestWhereOneFails) {
  std::filesystem::create_directories(run_ / "page" / "in the way");
  files_.put("page", "text");
  files_.append("zebra", "a");
  EXPECT_NE(files_.flush_to(run_, /*fresh=*/false, /*sync=*/false).find("page"), std::string::npos);
  EXPECT_EQ(in_run("zebra"), "a");
  EXPECT_TRUE(files_.dirty());
}

TEST_F(SmallFilesTest, ForgetsAClosedFileWhenTheRunFolderHasItAsAWhole) {
  const ino_t grown = grow();
  files_.close("log");
  EXPECT_TRUE(files_.dirty()) << "what was appended to is written anew";
  flush();
  EXPECT_NE(inode("log"), grown);
  EXPECT_EQ(in_run("log"), "ab");
  EXPECT_FALSE(files_.dirty());
  std::filesystem::remove(run_ / "log");
  flush(/*fresh=*/true);
  files_.save_to(folder_ / "saved");
  EXPECT_FALSE(std::filesystem::exists(run_ / "log"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "saved" / "log"));
}

TEST_F(SmallFilesTest, KeepsAClosedFileUntilTheRunFolderTakesIt) {
  io::write_file(run_, "in the way");
  files_.put("log", "a");
  files_.close("log");
  EXPECT_NE(files_.flush_to(run_, false, true), "");
  files_.save_to(folder_ / "saved");
  EXPECT_EQ(io::read_file(folder_ / "saved" / "log"), "a");
  std::filesystem::remove(run_);
  flush();
  EXPECT_EQ(in_run("log"), "a");
  files_.close("log");
  EXPECT_FALSE(files_.dirty());
}

TEST_F(SmallFilesTest, IsReplacedAsAWholeByPut) {
  files_.put("page", "long text");
  flush();
  files_.put("page", "short");
  flush();
  EXPECT_EQ(in_run("page"), "short");
}

TEST_F(SmallFilesTest, SavesWhatHasChangedElsewhereToo) {
  files_.put("log", "a");
  files_.save_to(folder_ / "local");
  files_.append("log", "b");
  files_.save_to(folder_ / "local");
  EXPECT_EQ(io::read_file(folder_ / "local" / "log"), "ab");
  EXPECT_TRUE(files_.dirty()) << "the run folder is another matter";
}

}  // namespace
}  // namespace rod::store
