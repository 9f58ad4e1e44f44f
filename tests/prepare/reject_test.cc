#include "prepare/cache/reject.h"

#include <gtest/gtest.h>

namespace rod::prepare {
namespace {

Reject reject(const std::string& file, const std::string& reason) {
  return {"key", 0, file, reason};
}

TEST(Rejects, AreGroupedByReasonWhateverTheNumbers) {
  const auto groups =
      by_reason({reject("a.png", "is absent"), reject("b.png", "ends at byte 10"),
                 reject("c.png", "ends at byte 2000"), reject("d.png", "is empty")});
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].count, 2u);
  EXPECT_EQ(groups[0].example.file, "b.png");
  EXPECT_EQ(groups[1].example.file, "a.png");
  EXPECT_EQ(describe(groups),
            "  2 pairs: ends at byte 10, such as b.png\n  1 pair: is absent: a.png\n  1 pair: is "
            "empty: d.png\n");
}

TEST(Rejects, AreToldForTheFirstTenReasons) {
  std::vector<Reject> rejects;
  for (char c = 'a'; c < 'a' + 12; ++c)
    rejects.push_back(reject("x.png", std::string("reason ") + c));
  EXPECT_NE(describe(by_reason(rejects)).find("  and 2 more reasons\n"), std::string::npos);
  EXPECT_EQ(describe(std::vector<RejectGroup>()), "");
}

}  // namespace
}  // namespace rod::prepare
