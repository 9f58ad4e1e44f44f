#include "prepare/folder_tree.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "io/file.h"
#include "tests/temporary_folder.h"

namespace rod::prepare {
namespace {

TEST(FolderTree, ListsRegularFilesSorted) {
  const TemporaryFolder folder;
  for (const char* name : {"b/x.png", "a/z.png", "a.txt"}) io::write_file(folder / name, "data");
  const FolderTree tree(folder.path());
  EXPECT_EQ(tree.files(), (std::vector<std::string_view>{"a.txt", "a/z.png", "b/x.png"}));
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
  EXPECT_EQ(FolderTree(folder.path().string() + "/").files(), std::vector<std::string_view>{"a/x"});
}

std::string reason_of(const FolderTree& tree, const std::string& path) {
  for (const dataset::RefusedFile& refused : tree.refused()) {
    if (refused.path == path) return refused.reason;
  }
  return "";
}

TEST(FolderTree, FollowsLinksWithinAndBesideTheFolderButInNoCircle) {
  const TemporaryFolder folder;
  const auto source = folder / "source";
  io::write_file(source / "real/x", "");
  io::write_file(folder / "beside/y", "");
  std::filesystem::create_symlink(source / "real/x", source / "file");
  std::filesystem::create_symlink("real", source / "folder");
  std::filesystem::create_symlink("../beside", source / "beside");
  std::filesystem::create_symlink("..", source / "real/circle");
  std::filesystem::create_symlink("nowhere", source / "dangling");
  std::filesystem::create_symlink("/usr/share", source / "outside");
  ASSERT_EQ(::mkfifo((source / "pipe").c_str(), 0600), 0);
  const FolderTree tree(source);
  EXPECT_EQ(tree.files(),
            (std::vector<std::string_view>{"beside/y", "file", "folder/x", "real/x"}));
  EXPECT_NE(reason_of(tree, "real/circle").find("circular"), std::string::npos);
  EXPECT_NE(reason_of(tree, "folder/circle").find("circular"), std::string::npos);
  EXPECT_NE(reason_of(tree, "dangling").find("does not exist"), std::string::npos);
  EXPECT_NE(reason_of(tree, "outside").find("--follow-links"), std::string::npos);
  EXPECT_EQ(reason_of(tree, "pipe"), "it is a FIFO");
  EXPECT_EQ(tree.refused().size(), 5u);
}

TEST(FolderTree, FollowsLinksThatLeadOutWhereThatIsWanted) {
  const TemporaryFolder folder, other;
  io::write_file(other / "x", "");
  std::filesystem::create_directories(folder / "a");
  std::filesystem::create_symlink(other.path(), folder / "a/out");
  EXPECT_TRUE(FolderTree(folder.path()).files().empty());
  EXPECT_EQ(FolderTree(folder.path(), {}, true).files(), std::vector<std::string_view>{"a/out/x"});
}

TEST(FolderTree, DoesNotCareWhereHiddenLinksLead) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / ".venv/bin");
  std::filesystem::create_symlink("/usr/bin/python3", folder / ".venv/bin/python");
  const FolderTree tree(folder.path());
  EXPECT_TRUE(tree.refused().empty());
  EXPECT_EQ(tree.files(), std::vector<std::string_view>{".venv/bin/python"});
}

TEST(FolderTree, RefusesTwinsAndUnsafeNames) {
  const TemporaryFolder folder;
  for (const char* name :
       {"caf\u00e9/1.png", "cafe\u0301/1.png", "a/X.png", "a/x.png", "b\n.png", "\xC7\xF2.png"})
    io::write_file(folder / name, "");
  const FolderTree tree(folder.path());
  EXPECT_EQ(tree.files().size(), 2u);
  EXPECT_NE(reason_of(tree, "a/x.png").find("(NFC and NFD) from an earlier name"),
            std::string::npos);
  EXPECT_NE(reason_of(tree, "\\xc7\\xf2.png").find("UTF-8"), std::string::npos);
  EXPECT_EQ(tree.refused().size(), 4u);
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
}  // namespace rod::prepare
