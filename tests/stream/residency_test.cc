// Where samples stay: what fits is kept, what does not is said, and kept samples are the same
// samples.
#include "stream/residency.h"

#include <gtest/gtest.h>

#include <thread>

#include "stream/loader.h"
#include "tests/shard/fixture.h"
#include "tests/temporary_folder.h"

namespace rod::stream {
namespace {

using shard::fixture::error_of;

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

ResidencyFacts facts(std::uint64_t decoded, std::uint64_t memory, std::uint64_t device,
                     shard::Codec codec = shard::Codec::kZstd) {
  return {decoded, decoded / 4, codec, {.memory = memory, .gpu_memory = device}};
}

TEST(Residency, TakesTheGpuIfHalfOfItIsEnough) {
  EXPECT_EQ(plan_residency(Residency::kAuto, facts(30 * kGiB, 100 * kGiB, 78 * kGiB)).kind,
            Residency::kDevice);
  EXPECT_NE(plan_residency(Residency::kAuto, facts(40 * kGiB, 100 * kGiB, 78 * kGiB)).kind,
            Residency::kDevice);
  EXPECT_NE(plan_residency(Residency::kAuto, facts(kGiB / 2, 100 * kGiB, 8 * kGiB)).kind,
            Residency::kDevice);
}

TEST(Residency, LeavesTheGpuWhatAStepTakes) {
  ResidencyFacts asked = facts(4 * kGiB, 100 * kGiB, 40 * kGiB);
  asked.gpu_step = 10 * kGiB;  // less than what is left free anyway
  EXPECT_EQ(plan_residency(Residency::kAuto, asked).kind, Residency::kDevice);
  asked.gpu_step = 31 * kGiB;  // leaves 9, of which samples take at most half
  EXPECT_EQ(plan_residency(Residency::kAuto, asked).kind, Residency::kDevice);
  asked.gpu_step = 33 * kGiB;
  EXPECT_EQ(plan_residency(Residency::kAuto, asked).kind, Residency::kRam);
  asked.gpu_step = 100 * kGiB;  // of a larger GPU
  EXPECT_EQ(plan_residency(Residency::kAuto, asked).kind, Residency::kRam);
}

TEST(Residency, KeepsDecodedPairsInMemoryIfHalfOfItIsEnough) {
  EXPECT_EQ(plan_residency(Residency::kAuto, facts(4 * kGiB, 12 * kGiB, 0)).kind, Residency::kRam);
  EXPECT_EQ(plan_residency(Residency::kAuto, facts(6 * kGiB, 12 * kGiB, 0)).kind,
            Residency::kStream);
  EXPECT_EQ(plan_residency(Residency::kAuto, facts(kGiB / 2, kGiB, 0)).kind, Residency::kStream);
  EXPECT_EQ(plan_residency(Residency::kAuto, facts(0, 0, 0)).kind, Residency::kStream);
}

TEST(Residency, LeavesRawShardsToThePageCache) {
  EXPECT_EQ(plan_residency(Residency::kAuto, facts(kGiB, 100 * kGiB, 0, shard::Codec::kRaw)).kind,
            Residency::kStream);
}

TEST(Residency, SaysWhatItChoseAndWhy) {
  EXPECT_EQ(
      plan_residency(Residency::kAuto, facts(30'000'000'000, 12'000'000'000, 0)).reason,
      "stream: the decoded pairs (30.0 GB) would take more than half of the 12.0 GB that are free");
}

TEST(Residency, RefusesWhatWasAskedForAndDoesNotFit) {
  const std::string message =
      error_of([] { plan_residency(Residency::kRam, facts(11 * kGiB, 12 * kGiB, 0)); });
  EXPECT_EQ(message.substr(0, 22), "4 --residency ram: the");
  EXPECT_NE(message.find("use --residency stream"), message.npos) << message;
  EXPECT_EQ(
      error_of([] { plan_residency(Residency::kDevice, facts(9 * kGiB, 12 * kGiB, 8 * kGiB)); })[0],
      '4');
  EXPECT_EQ(plan_residency(Residency::kRam, facts(9 * kGiB, 12 * kGiB, 0)).kind, Residency::kRam);
  EXPECT_EQ(plan_residency(Residency::kStream, facts(9 * kGiB, kGiB, 0)).kind, Residency::kStream);
}

TEST(Residency, IsKnownByItsNameAlone) {
  for (const char* name : {"auto", "stream", "ram", "device"}) {
    EXPECT_STREQ(residency_name(residency_from_name(name)), name);
  }
  EXPECT_EQ(error_of([] { residency_from_name("disk"); })[0], '2');
}

class KeptSamplesTest : public testing::Test {
 protected:
  void SetUp() override {
    manifest_ = shard::fixture::manifest_of(
        pixels_, shard::Codec::kZstd,
        {shard::fixture::write_split(folder_.path(), "a", pixels_, shard::Codec::kZstd, {9, 14})});
  }
  // Checks three epochs' worth of batches of samples.
  void expect_samples(std::shared_ptr<const shard::SplitReader> split) {
    LoaderStream stream;
    stream.split = std::move(split);
    stream.order = {23, 4, OrderKind::kFull, 7, 0};
    Loader loader({stream}, {.threads = 4});
    for (int i = 0; i < 15; ++i) {
      const Batch& batch = *loader.next(0);
      for (std::size_t at = 0; at < 4; ++at) {
        const auto rgb = batch.rgb.subspan(at * pixels_.rgb_bytes(), pixels_.rgb_bytes());
        const auto depth = batch.depth.subspan(at * pixels_.depth_bytes(), pixels_.depth_bytes());
        EXPECT_EQ(shard::fixture::Bytes(rgb.begin(), rgb.end()),
                  shard::fixture::rgb(batch.sample[at], pixels_));
        EXPECT_EQ(shard::fixture::Bytes(depth.begin(), depth.end()),
                  shard::fixture::depth(batch.sample[at], pixels_));
      }
    }
  }

  TemporaryFolder folder_;
  const shard::PixelFormat pixels_{6, 5, shard::DepthKind::kRaw16};
  shard::Manifest manifest_;
};

TEST_F(KeptSamplesTest, AreTheSame) {
  auto split = std::make_shared<shard::SplitReader>(folder_.path(), manifest_, "a");
  split->keep_decoded(std::make_shared<shard::MemoryBudget>(0));
  expect_samples(split);
}

TEST_F(KeptSamplesTest, AreNotReadAgain) {
  auto split = std::make_shared<shard::SplitReader>(folder_.path(), manifest_, "a");
  split->keep_decoded(std::make_shared<shard::MemoryBudget>(0));
  shard::ReadScratch scratch;
  shard::fixture::Bytes rgb(pixels_.rgb_bytes()), depth(pixels_.depth_bytes());
  for (std::uint64_t n = 0; n < 23; ++n) split->read(n, rgb, depth, scratch);
  for (const char* shard : {"a/00000.safetensors", "a/00001.safetensors"}) {
    const std::size_t bytes = std::filesystem::file_size(folder_ / shard);
    shard::fixture::write_text(folder_ / shard, std::string(bytes, 'x'));
  }
  expect_samples(split);
}

TEST_F(KeptSamplesTest, AreNotTakenFromAShardThatIsCut) {
  auto split = std::make_shared<shard::SplitReader>(folder_.path(), manifest_, "a");
  split->keep_decoded(std::make_shared<shard::MemoryBudget>(0));
  shard::ReadScratch scratch;
  shard::fixture::Bytes rgb(pixels_.rgb_bytes()), depth(pixels_.depth_bytes());
  for (std::uint64_t n = 0; n < 23; ++n) split->read(n, rgb, depth, scratch);
  std::filesystem::resize_file(folder_ / "a/00001.safetensors", 10);
  const std::string message = error_of([&] { split->read(20, rgb, depth, scratch); });
  EXPECT_EQ(message[0], '3');
  EXPECT_NE(message.find("a/00001.safetensors: has 10 bytes"), message.npos) << message;
}

TEST_F(KeptSamplesTest, AreReadAgainWhenMemoryIsShort) {
  auto split = std::make_shared<shard::SplitReader>(folder_.path(), manifest_, "a");
  const auto budget = std::make_shared<shard::MemoryBudget>(std::uint64_t{1} << 60);
  split->keep_decoded(budget);
  expect_samples(split);
  EXPECT_TRUE(budget->spent());
}

}  // namespace
}  // namespace rod::stream
