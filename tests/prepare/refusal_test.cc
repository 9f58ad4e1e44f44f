#include "prepare/cache/refusal.h"

#include <gtest/gtest.h>

namespace rod::prepare {
namespace {

Refusal refusal(const std::string& file, const std::string& reason) {
  return {"key", 0, file, reason};
}

TEST(Refusals, AreGroupedByReasonWhateverTheNumbers) {
  const auto groups =
      by_reason({refusal("a.png", "is absent"), refusal("b.png", "ends at byte 10"),
                 refusal("c.png", "ends at byte 2000"), refusal("d.png", "is empty")});
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].count, 2u);
  EXPECT_EQ(groups[0].example.file, "b.png");
  EXPECT_EQ(groups[1].example.file, "a.png");
  EXPECT_EQ(describe(groups),
            "  2 pairs: ends at byte 10, such as b.png\n  1 pair: is absent: a.png\n  1 pair: is "
            "empty: d.png\n");
}

TEST(Refusals, AreToldForTheFirstTenReasons) {
  std::vector<Refusal> refusals;
  for (char c = 'a'; c < 'a' + 12; ++c)
    refusals.push_back(refusal("x.png", std::string("reason ") + c));
  EXPECT_NE(describe(by_reason(refusals)).find("  and 2 more reasons\n"), std::string::npos);
  EXPECT_EQ(describe(std::vector<RefusalGroup>()), "");
}

}  // namespace
}  // namespace rod::prepare
