#include "base/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace rod {
namespace {

// Known answers of Philox4x32-10 (Random123's kat_vectors), so that no order can ever change
// silently.
TEST(Philox, EqualsThePublishedVectors) {
  using Words = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox(0, 0, 0), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox(~0ull, ~0ull, ~0ull), (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, IsAFunctionOfItsPlace) {
  Random a(1, 2, 3), b(1, 2, 3);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.bits(), b.bits());
}

TEST(Random, DiffersBetweenPlaces) {
  std::set<std::uint32_t> seen;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (std::uint64_t stream = 0; stream < 10; ++stream) {
      for (std::uint64_t position = 0; position < 10; ++position) {
        seen.insert(Random(seed, stream, position).bits());
      }
    }
  }
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(Random, BelowIsUniform) {
  constexpr std::uint32_t kSides = 33;  // crop offsets 0..32
  constexpr int kDraws = 330'000;
  std::vector<int> counts(kSides);
  Random random(7, 0, 0);
  for (int i = 0; i < kDraws; ++i) ++counts.at(random.below(kSides));
  double chi_squared = 0;
  const double expected = double(kDraws) / kSides;
  for (const int count : counts) chi_squared += (count - expected) * (count - expected) / expected;
  EXPECT_LT(chi_squared, 62.5);  // 99.9% of the distribution with 32 degrees of freedom
}

TEST(Random, UnitAndNormalHaveTheirMoments) {
  Random random(11, 0, 0);
  double unit_sum = 0, normal_sum = 0, normal_squares = 0;
  constexpr int kDraws = 200'000;
  for (int i = 0; i < kDraws; ++i) {
    const double unit = random.unit(), normal = random.normal();
    ASSERT_GE(unit, 0);
    ASSERT_LT(unit, 1);
    unit_sum += unit;
    normal_sum += normal;
    normal_squares += normal * normal;
  }
  EXPECT_NEAR(unit_sum / kDraws, 0.5, 0.005);
  EXPECT_NEAR(normal_sum / kDraws, 0.0, 0.01);
  EXPECT_NEAR(normal_squares / kDraws, 1.0, 0.02);
}

}  // namespace
}  // namespace rod
