#include "store/local_folder.h"

#include <gtest/gtest.h>

#include "io/file.h"
#include "tests/temporary_folder.h"

namespace rod::store {
namespace {

TEST(LocalFolder, IsInTheRunFolderWhereThatLiesOnThisMachinesDisk) {
  const TemporaryFolder folder;
  const LocalFolder local = open_local_folder(folder / "run", {});
  EXPECT_EQ(local.path, folder / "run" / ".local");
  EXPECT_FALSE(local.separate);
  EXPECT_TRUE(std::filesystem::is_directory(local.path));
}

TEST(LocalFolder, IsTheSameForTheSameRunAndAnotherForEveryOther) {
  const TemporaryFolder folder;
  const LocalFolder local = open_local_folder(folder / "run", folder / "disk");
  EXPECT_TRUE(local.separate);
  EXPECT_EQ(open_local_folder(folder / "run", folder / "disk").path, local.path);
  std::filesystem::remove_all(folder / "run");  // a new run under the same name is another one
  EXPECT_NE(open_local_folder(folder / "run", folder / "disk").path, local.path);
}

TEST(LocalFolder, ReplacesARunsNameThatIsDamaged) {
  const TemporaryFolder folder;
  io::write_file(folder / "run" / ".run", "../../../etc");
  const LocalFolder local = open_local_folder(folder / "run", folder / "disk");
  EXPECT_EQ(local.path.parent_path(), folder / "disk" / "runs");
}

}  // namespace
}  // namespace rod::store
