#include "trainer/run/batch_size.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/temporary_folder.h"
#include "tests/trainer/tiny_dataset.h"
#include "trainer/run/train.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

// What LibTorch throws when the machine's memory runs out.
void allocate_more_than_there_is() {
  torch::empty({std::int64_t{1} << 50}, torch::kByte);
}

std::function<void(std::uint32_t)> fits_up_to(std::uint32_t limit,
                                              std::vector<std::uint32_t>* tried) {
  return [=](std::uint32_t size) {
    tried->push_back(size);
    if (size > limit) allocate_more_than_there_is();
  };
}

TEST(LargestFitting, TakesTheFirstThatFits) {
  std::vector<std::uint32_t> tried;
  EXPECT_EQ(largest_fitting(64, fits_up_to(64, &tried)), 64u);
  EXPECT_EQ(tried, std::vector<std::uint32_t>{64});
  tried.clear();
  EXPECT_EQ(largest_fitting(50, fits_up_to(30, &tried)), 24u);
  EXPECT_EQ(tried, (std::vector<std::uint32_t>{50, 48, 40, 32, 24}));
  EXPECT_EQ(largest_fitting(64, fits_up_to(3, &tried)), 2u);
  EXPECT_EQ(largest_fitting(64, fits_up_to(1, &tried)), 0u);
}

TEST(LargestFitting, LetsOtherErrorsThrough) {
  EXPECT_THROW(largest_fitting(64, [](std::uint32_t) { throw BadInput("no"); }), Error);
  EXPECT_THROW(largest_fitting(64, [](std::uint32_t) { TORCH_CHECK(false, "shapes differ"); }),
               c10::Error);
}

TEST(OutOfMemory, IsNoRoom) {
  try {
    with_torch_errors([]() -> int {
      allocate_more_than_there_is();
      return 0;
    });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNoRoom);
  }
}

class BatchSize : public testing::Test {
 protected:
  void SetUp() override { write_tiny_dataset(folder_.path() / "data"); }
  const TemporaryFolder folder_;
  TrainConfig config_ = tiny_config(folder_.path() / "data", folder_.path() / "run");
};

TEST_F(BatchSize, StaysAsItWasGiven) {
  EXPECT_EQ(with_batch_size(config_).batch_size, 4u);
}

TEST_F(BatchSize, IsNoLargerThanTheSmallestSplit) {
  config_.batch_size = kAutoBatch;
  EXPECT_EQ(with_batch_size(config_).batch_size, kTinyTarget);
}

TEST_F(BatchSize, IsThatOfTheRunThatGoesOn) {
  config_.max_steps = 1;
  nlohmann::ordered_json report;
  train(config_, "", report);
  config_.batch_size = kAutoBatch;
  config_.resume = true;
  EXPECT_EQ(with_batch_size(config_).batch_size, 4u);
}

TrainConfig decided(const TrainConfig& config) {
  return with_concat_batches(config, [](const std::string& text) { ADD_FAILURE() << text; });
}

TEST_F(BatchSize, ConcatenatesOnACpuOnlyWhenAsked) {
  EXPECT_EQ(decided(config_).concat_batches, "off");
  config_.concat_batches = "auto";
  EXPECT_EQ(decided(config_).concat_batches, "off");
  config_.concat_batches = "on";
  EXPECT_EQ(decided(config_).concat_batches, "on");
}

TEST_F(BatchSize, ConcatenatesAsTheRunThatGoesOnDid) {
  config_.concat_batches = "on";
  config_.max_steps = 2;
  nlohmann::ordered_json report;
  train(config_, "", report);
  config_.concat_batches = "auto";
  config_.resume = true;
  EXPECT_EQ(decided(config_).concat_batches, "on");
}

TEST_F(BatchSize, DoesNotConcatenateWithSyncBn) {
  config_.sync_bn = true;
  config_.concat_batches = "auto";
  EXPECT_EQ(decided(config_).concat_batches, "off");
  config_.concat_batches = "on";
  try {
    decided(config_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("use auto or off"), std::string::npos);
  }
}

TEST_F(BatchSize, ThatFitsIsNamedWhenOneDoesNot) {
  const Error error = out_of_memory_error(config_);
  EXPECT_EQ(error.kind(), ErrorKind::kNoRoom);
  EXPECT_NE(std::string(error.what()).find("give --batch-size 3"), std::string::npos)
      << error.what();
}

}  // namespace
}  // namespace rod::trainer
