#include <gtest/gtest.h>

#include <bit>

#include "prepare/cache/cache.h"
#include "prepare/info.h"
#include "tests/prepare/small_source.h"
#include "tests/temporary_folder.h"

namespace rod::prepare {
namespace {

std::vector<std::byte> ramp(std::uint32_t side, int step, int noise = 0) {
  std::vector<std::byte> rgb;
  for (std::uint32_t y = 0; y < side; ++y) {
    for (std::uint32_t x = 0; x < 3 * side; ++x) {
      const int value = 128 + step * int((x / 3 * 7 + y * 13) % 40) + noise * int(x % 2);
      rgb.push_back(static_cast<std::byte>(value));
    }
  }
  return rgb;
}

TEST(Duplicates, ADifferenceHashIsOfTheLooksOfAnImage) {
  const auto hash = [](const std::vector<std::byte>& rgb, std::uint32_t side) {
    return difference_hash(rgb, side, side);
  };
  EXPECT_EQ(hash(std::vector<std::byte>(3 * 64 * 64), 64), 0u);
  const std::uint64_t rising = hash(ramp(64, 2), 64);
  EXPECT_GT(std::popcount(rising), 4);
  EXPECT_LE(std::popcount(rising ^ hash(ramp(64, 2, 1), 64)), int{kNearBits});
  EXPECT_GT(std::popcount(rising ^ hash(ramp(64, -2), 64)), 32);
  difference_hash(ramp(1, 1), 1, 1);  // smaller than its grid
}

TEST(Duplicates, ImagesOfTwoSplitsAreFound) {
  const TemporaryFolder folder;
  cache(small_cache(folder.path()));
  const DuplicateReport report = find_duplicates(folder / "out", 5, 2, true);
  std::uint64_t listed = 0;
  for (const Duplicate& one : report.found) {
    EXPECT_LT(one.split, one.other_split);
    EXPECT_LE(one.distance, one.equal ? 0u : kNearBits);
    ++listed;
  }
  EXPECT_EQ(listed,
            std::min<std::uint64_t>(5, report.equal) + std::min<std::uint64_t>(5, report.near));
  EXPECT_GT(report.samples, 10u);
}

}  // namespace
}  // namespace rod::prepare
