#include "base/machine.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace rod {
namespace {

TEST(AvailableCores, FollowsTheAffinityMask) {
  cpu_set_t before;
  ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_LE(available_cores(), static_cast<unsigned>(CPU_COUNT(&before)));
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &before)) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
    break;
  }
  EXPECT_EQ(available_cores(), 1u);
  ::sched_setaffinity(0, sizeof before, &before);
}

TEST(AvailableMemory, IsAPlausibleNumberOfBytes) {
  EXPECT_GT(available_memory(), 1u << 20);
  EXPECT_LT(available_memory(), 1ull << 50);
}

TEST(FreeSpace, IsAskedOfTheNearestFolderThatExists) {
  EXPECT_GT(free_space("/"), 0u);
  EXPECT_EQ(free_space("/no/such/folder") > 0, free_space("/") > 0);
}

}  // namespace
}  // namespace rod
