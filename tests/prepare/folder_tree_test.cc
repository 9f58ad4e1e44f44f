#include "prepare/folder_tree.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "io/file.h"
#include "tests/temporary_folder.h"

namespace rod {
namespace {

TEST(FolderTree, ListsRegularFilesSorted) {
  const TemporaryFolder folder;
  for (const char* name : {"b/x.png", "a/z.png", "a.txt"}) io::write_file(folder / name, "data");
  const FolderTree tree(folder.path());
  EXPECT_EQ(tree.files(), (std::vector<std::string>{"a.txt", "a/z.png", "b/x.png"}));
  EXPECT_TRUE(tree.contains("a/z.png"));
  EXPECT_FALSE(tree.contains("a"));
  EXPECT_EQ(tree.size("a.txt"), 4u);
}

TEST(FolderTree, ReadsAFile) {
  const TemporaryFolder folder;
  io::write_file(folder / "a/x", "pixels");
  const FolderTree tree(folder.path());
  std::vector<std::byte> bytes(100);
  tree.read("a/x", bytes);
  EXPECT_EQ(bytes.size(), 6u);
  EXPECT_EQ(bytes[0], std::byte{'p'});
}

TEST(FolderTree, TakesAFolderNamedWithASlash) {
  const TemporaryFolder folder;
  io::write_file(folder / "a/x", "");
  EXPECT_EQ(FolderTree(folder.path().string() + "/").files(), std::vector<std::string>{"a/x"});
}

TEST(FolderTree, FollowsLinkedFilesButNotLinkedFolders) {
  const TemporaryFolder folder;
  io::write_file(folder / "real/x", "");
  std::filesystem::create_symlink(folder / "real/x", folder / "link");
  std::filesystem::create_symlink(folder.path(), folder / "circle");
  std::filesystem::create_symlink("nowhere", folder / "dangling");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(FolderTree(folder.path()).files(), (std::vector<std::string>{"link", "real/x"}));
}

TEST(FolderTree, NamesAnAbsentFolder) {
  try {
    FolderTree("/nowhere/at/all");
    FAIL() << "listed";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
    EXPECT_NE(std::string(error.what()).find("/nowhere/at/all"), std::string::npos);
  }
}

}  // namespace
}  // namespace rod
