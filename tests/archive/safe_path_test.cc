#include "archive/safe_path.h"

#include <gtest/gtest.h>

namespace rod::archive {
namespace {

TEST(NormalPath, DropsDotsAndDoubledSlashes) {
  EXPECT_EQ(normal_path("./a//b/./c/"), "a/b/c");
  EXPECT_EQ(normal_path("./"), "");
  EXPECT_EQ(normal_path("//etc"), "/etc");
  EXPECT_EQ(normal_path("a/../b"), "a/../b");
}

TEST(WhyUnsafe, AcceptsOrdinaryNames) {
  for (const char* path :
       {"a", "a b/c.png", ".hidden", "a..b/..c", "xx:y", "ROD-synROD/ROD/list.txt", "caf\xC3\xA9",
        "\xE6\x97\xA5\xE6\x9C\xAC", "\xF0\x9F\x8D\x8E.png"}) {
    EXPECT_FALSE(why_unsafe(path)) << path;
  }
}

TEST(WhyUnsafe, RefusesEveryWayOut) {
  for (const char* path : {"", "/etc/passwd", "/", "..", "../a", "a/../../b", "a/..", "C:/x", "c:x",
                           "a\\b", "..\\a"}) {
    EXPECT_TRUE(why_unsafe(path)) << path;
  }
}

TEST(WhyUnsafe, RefusesControlCharacters) {
  for (int c = 1; c < 0x20; ++c) EXPECT_TRUE(why_unsafe(std::string("a") + static_cast<char>(c)));
  EXPECT_TRUE(why_unsafe("a\x7F"));
  EXPECT_TRUE(why_unsafe("a\xC2\x9B"));  // U+009B, which some terminals obey
}

TEST(WhyUnsafe, RefusesWhatIsNoUtf8) {
  for (const char* path : {"\xE9", "\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                           "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "a\xC3"}) {
    EXPECT_TRUE(why_unsafe(path)) << path;
  }
}

TEST(WhyUnsafe, RefusesLongNamesAndDeepTrees) {
  EXPECT_FALSE(why_unsafe(std::string(255, 'a')));
  EXPECT_TRUE(why_unsafe(std::string(256, 'a')));
  std::string deep = "a";
  for (int i = 1; i < 32; ++i) deep += "/a";
  EXPECT_FALSE(why_unsafe(deep));
  EXPECT_TRUE(why_unsafe(deep + "/a"));
  EXPECT_TRUE(why_unsafe("aaa/aaa", {.max_bytes = 6}));
}

TEST(PrintablePath, ShowsControlCharactersAndCutsLongNames) {
  EXPECT_EQ(printable_path("a\x1B[31m\xFF\xC3\xA9"), "a\\x1b[31m\\xff\xC3\xA9");
  EXPECT_LT(printable_path(std::string(65536, 'x')).size(), 300u);
}

}  // namespace
}  // namespace rod::archive
