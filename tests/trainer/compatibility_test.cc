#include "trainer/checkpoint/compatibility.h"

#include <gtest/gtest.h>

namespace rod::trainer {
namespace {

using Names = std::vector<std::string>;

TEST(ClassMatch, FindsEachClassByItsName) {
  const ClassMatch match = match_classes({"apple", "ball", "cap"}, {"cap", "apple", "ball"});
  EXPECT_EQ(match.labels, (std::vector<std::int64_t>{2, 0, 1}));
  EXPECT_TRUE(match.unknown.empty());
  EXPECT_TRUE(match.absent.empty());
}

TEST(ClassMatch, TellsWhatEitherLacks) {
  const ClassMatch match = match_classes({"apple", "ball"}, {"cup", "ball"});
  EXPECT_EQ(match.labels, (std::vector<std::int64_t>{-1, 1}));
  EXPECT_EQ(match.unknown, Names{"cup"});
  EXPECT_EQ(match.absent, Names{"apple"});
}

TEST(ClassMatch, ListsAFewNames) {
  EXPECT_EQ(list_classes({"cup", "mug"}), "'cup', 'mug'");
  EXPECT_EQ(list_classes(Names(9, "x")), "'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x' and 1 more");
}

}  // namespace
}  // namespace rod::trainer
