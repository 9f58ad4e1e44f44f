#include "base/capacity.h"

#include <gtest/gtest.h>

#include <limits>

namespace rod {
namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

TEST(Capacity, ADiskKeepsSomeFree) {
  EXPECT_TRUE(fits({.disk = 9 * kGiB}, {.disk = 10 * kGiB}));
  EXPECT_FALSE(fits({.disk = 9 * kGiB + 1}, {.disk = 10 * kGiB}));
  EXPECT_FALSE(fits({.disk = 1}, {.disk = kGiB / 2}));
  EXPECT_TRUE(fits({.disk = kGiB / 2}, {.disk = kGiB / 2, .keep_free = 0}));
}

TEST(Capacity, ADiskTakesOnlySoManyFiles) {
  EXPECT_TRUE(fits({.files = 7}, {.files = 7}));
  EXPECT_FALSE(fits({.files = 8}, {.files = 7}));
}

TEST(Capacity, AProgramMayTakeAllMemory) {
  EXPECT_TRUE(fits({.memory = kGiB}, {.memory = kGiB}));
  EXPECT_FALSE(fits({.memory = kGiB + 1}, {.memory = kGiB}));
}

TEST(Capacity, SamplesLeaveRoomToTheTrainerAndHalfOfTheRestUnlessTheyAreAskedFor) {
  const Machine machine{.memory = 12 * kGiB};
  EXPECT_TRUE(fits({.samples = 5 * kGiB}, machine));
  EXPECT_FALSE(fits({.samples = 5 * kGiB + 1}, machine));
  EXPECT_TRUE(fits({.samples = 10 * kGiB}, machine, Kept::kAsAsked));
  EXPECT_FALSE(fits({.samples = 10 * kGiB + 1}, machine, Kept::kAsAsked));
  EXPECT_FALSE(fits({.samples = 1}, {.memory = kGiB}, Kept::kAsAsked));
}

TEST(Capacity, SamplesOnTheGpuLeaveRoomToTheNetworkUnlessTheyAreAskedFor) {
  const Machine machine{.gpu_memory = 78 * kGiB};
  EXPECT_TRUE(fits({.gpu_samples = 33 * kGiB}, machine));
  EXPECT_FALSE(fits({.gpu_samples = 33 * kGiB + 1}, machine));
  EXPECT_TRUE(fits({.gpu_samples = 78 * kGiB}, machine, Kept::kAsAsked));
  EXPECT_FALSE(fits({.gpu_samples = 78 * kGiB + 1}, machine, Kept::kAsAsked));
}

TEST(Capacity, OfAnUnknownGpuSamplesAreKeptOnlyIfTheyAreAskedFor) {
  EXPECT_FALSE(fits({.gpu_samples = 1}, {}));
  EXPECT_TRUE(fits({.gpu_samples = kGiB}, {}, Kept::kAsAsked));
}

TEST(Capacity, AllThatIsNeededMustFit) {
  const Machine machine{.memory = 4 * kGiB, .disk = 4 * kGiB};
  EXPECT_TRUE(fits({.memory = kGiB, .samples = kGiB, .disk = kGiB}, machine));
  EXPECT_FALSE(fits({.memory = kGiB, .samples = kGiB, .disk = 4 * kGiB}, machine));
  EXPECT_FALSE(fits({.memory = kGiB, .samples = 4 * kGiB, .disk = kGiB}, machine));
  EXPECT_TRUE(fits({}, {}));
}

TEST(Capacity, AnEstimateIsRoundedUpAndNeverWrapsAround) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(whole_bytes(0), 0u);
  EXPECT_EQ(whole_bytes(-1), 0u);
  EXPECT_EQ(whole_bytes(2.25), 3u);
  EXPECT_EQ(whole_bytes(0x1p63), std::uint64_t{1} << 63);
  EXPECT_EQ(whole_bytes(0x1p64), kMost);
  EXPECT_EQ(whole_bytes(std::numeric_limits<double>::infinity()), kMost);
  EXPECT_EQ(whole_bytes(std::numeric_limits<double>::quiet_NaN()), kMost);
}

TEST(Capacity, ThisMachineHasMemoryDiskAndRoomForFiles) {
  const Machine machine = machine_at("/no/such/folder");
  EXPECT_GT(machine.memory, 1u << 20);
  EXPECT_GT(machine.disk, 0u);
  EXPECT_GT(machine.files, 0u);
  EXPECT_EQ(machine.gpu_memory, 0u);
}

}  // namespace
}  // namespace rod
