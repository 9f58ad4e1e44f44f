#include <gtest/gtest.h>

#include "doctor/machine_state.h"

namespace rod::doctor {
namespace {

TEST(ParseGpus, ReadsEveryLine) {
  const auto gpus = parse_gpus(
      "Tesla T4, 535.104.05, 15360, 15101, 7.5\nNVIDIA H100 80GB HBM3, 550.54, 81559, 81079, "
      "9.0\n");
  ASSERT_EQ(gpus.size(), 2u);
  EXPECT_EQ(gpus[0].name, "Tesla T4");
  EXPECT_EQ(gpus[0].driver, "535.104.05");
  EXPECT_EQ(gpus[0].memory, 15360ull << 20);
  EXPECT_EQ(gpus[0].free_memory, 15101ull << 20);
  EXPECT_EQ(gpus[0].capability, 75);
  EXPECT_EQ(gpus[1].capability, 90);
}

TEST(ParseGpus, WhatTheToolCanNotTellIsZero) {
  const auto gpus = parse_gpus("GPU, 1.0, [N/A], [N/A], [Not Supported]\n");
  ASSERT_EQ(gpus.size(), 1u);
  EXPECT_EQ(gpus[0].memory, 0u);
  EXPECT_EQ(gpus[0].capability, 0);
}

TEST(ParseGpus, ASentenceIsNoGpu) {
  EXPECT_TRUE(parse_gpus("No devices were found\n").empty());
}

}  // namespace
}  // namespace rod::doctor
