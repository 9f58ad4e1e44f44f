#include "archive/name_set.h"

#include <gtest/gtest.h>

#include "archive/safe_path.h"

namespace rod::archive {
namespace {

TEST(FoldedPath, IgnoresCase) {
  EXPECT_EQ(folded_path("Apple/A_1.PNG"), folded_path("apple/a_1.png"));
  EXPECT_EQ(folded_path("\xC3\x89"), folded_path("\xC3\xA9"));  // É, é
  EXPECT_EQ(folded_path("\xCE\xA3"), folded_path("\xCF\x82"));  // Σ, final ς
  EXPECT_EQ(folded_path("\xD0\x96"), folded_path("\xD0\xB6"));  // Ж, ж
  EXPECT_EQ(folded_path("\xE2\x84\xAA"), folded_path("k"));     // Kelvin sign
}

TEST(FoldedPath, IgnoresWhetherLettersAreComposed) {
  EXPECT_EQ(folded_path("caf\xC3\xA9"), folded_path("cafe\xCC\x81"));        // é
  EXPECT_EQ(folded_path("\xE1\xBB\x87"), folded_path("e\xCC\xA3\xCC\x82"));  // ệ
  EXPECT_EQ(folded_path("\xEA\xB0\x81"),
            folded_path("\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8"));                   // Hangul gag
  EXPECT_EQ(folded_path("\xE3\x81\x8C"), folded_path("\xE3\x81\x8B\xE3\x82\x99"));  // Kana ga
}

TEST(FoldedPath, KeepsDifferentNamesApart) {
  EXPECT_NE(folded_path("a"), folded_path("b"));
  EXPECT_NE(folded_path("e"), folded_path("\xC3\xA9"));
  EXPECT_NE(folded_path("\xFF"), folded_path("\xFE"));
}

TEST(NameSet, AcceptsDifferentNamesAndRepeatedFolders) {
  NameSet names;
  EXPECT_FALSE(names.add("a", true));
  EXPECT_FALSE(names.add("a/x", false));
  EXPECT_FALSE(names.add("a", true));
  EXPECT_FALSE(names.add("b/c/x", false));
  EXPECT_FALSE(names.add("a/y", false));
  EXPECT_EQ(names.folders(), 3u);
}

TEST(NameSet, RefusesDuplicatesAndTwins) {
  NameSet names;
  EXPECT_FALSE(names.add("Dir/file", false));
  EXPECT_TRUE(names.add("Dir/file", false));
  EXPECT_TRUE(names.add("Dir/FILE", false));
  EXPECT_TRUE(names.add("dir/other", false));
  EXPECT_TRUE(names.add("dir", true));
}

TEST(NameSet, RefusesAFileThatIsAFolderToo) {
  NameSet names;
  EXPECT_FALSE(names.add("a", false));
  EXPECT_TRUE(names.add("a/b", false));
  EXPECT_TRUE(names.add("a", true));
  EXPECT_FALSE(names.add("c/d", false));
  EXPECT_TRUE(names.add("c", false));
}

}  // namespace
}  // namespace rod::archive
