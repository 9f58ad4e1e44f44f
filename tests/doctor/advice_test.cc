#include <gtest/gtest.h>

#include "doctor/doctor.h"
#include "prepare/cache/codec_choice.h"
#include "stream/residency.h"

namespace rod::doctor {
namespace {

constexpr std::uint64_t kGigabyte = 1'000'000'000;

// Colab's free GPU runtime: two cores, 12.7 GB, a T4.
MachineState colab_t4() {
  MachineState machine;
  machine.gpus = std::vector<Gpu>{{"Tesla T4", "550.54", 15 * kGigabyte, 15 * kGigabyte, 75}};
  machine.torch = Torch{"2.11.0+cu128", "12.8", {"sm_75", "sm_80", "sm_90"}};
  machine.processor.usable = 2;
  machine.memory = {12'700'000'000, 0, 11 * kGigabyte};
  machine.disk = Disk{"/content", "overlay", 110 * kGigabyte, 70 * kGigabyte, 0, 0.0002};
  machine.drive =
      Drive{"/content/drive", "fuse.drive", "/content/drive/a.tar", 9 * kGigabyte, 60e6, ""};
  machine.rates = {0.003, 0.001, 0.0003, 0.0001};
  return machine;
}

bool mentions(const std::vector<std::string>& lines, const std::string& text) {
  for (const std::string& line : lines) {
    if (line.find(text) != line.npos) return true;
  }
  return false;
}

TEST(Advice, OnASmallMachineThePublishedDataIsZstdAndStreams) {
  const Advice advice = advise(colab_t4(), {});
  EXPECT_EQ(advice.codec.value, "zstd");
  EXPECT_EQ(advice.residency.value, "stream");
  EXPECT_GE(advice.largest_batch, 64u);
  EXPECT_EQ(advice.largest_batch % 8, 0u);
  EXPECT_TRUE(advice.warnings.empty());
}

TEST(Advice, OnALargeGpuEverythingIsHeldThere) {
  MachineState machine = colab_t4();
  machine.gpus =
      std::vector<Gpu>{{"NVIDIA H100 80GB HBM3", "550.54", 85 * kGigabyte, 85 * kGigabyte, 90}};
  EXPECT_EQ(advise(machine, {}).residency.value, "device");
}

TEST(Advice, WhereDiskAndMemoryHoldDecodedPixelsTheyAreNotCompressed) {
  MachineState machine = colab_t4();
  machine.memory.available = 100 * kGigabyte;
  const Advice advice = advise(machine, {});
  EXPECT_EQ(advice.codec.value, "raw");
  EXPECT_EQ(advice.residency.value, "stream") << "the page cache holds them";
}

TEST(Advice, IsWhatTheProgramsChooseThemselves) {
  struct Case {
    std::uint64_t memory, disk, gpu_memory;
    std::uint32_t size;
    const char *codec, *residency;
  };
  // Decoded, all pairs of 256 pixels take 30.4 GB and those that are trained on 27.5 GB; of 64
  // pixels 1.9 and 1.7 GB.
  const Case cases[] = {
      {11 * kGigabyte, 70 * kGigabyte, 15 * kGigabyte, 256, "zstd", "stream"},
      {40 * kGigabyte, 70 * kGigabyte, 15 * kGigabyte, 256, "zstd", "stream"},
      {64 * kGigabyte, 20 * kGigabyte, 15 * kGigabyte, 256, "zstd", "ram"},
      {64 * kGigabyte, 70 * kGigabyte, 15 * kGigabyte, 256, "raw", "stream"},
      {11 * kGigabyte, 70 * kGigabyte, 66 * kGigabyte, 256, "zstd", "stream"},
      {11 * kGigabyte, 70 * kGigabyte, 79 * kGigabyte, 256, "zstd", "device"},
      {64 * kGigabyte, 70 * kGigabyte, 79 * kGigabyte, 256, "raw", "device"},
      {11 * kGigabyte, 70 * kGigabyte, 15 * kGigabyte, 64, "raw", "stream"},
      {11 * kGigabyte, 70 * kGigabyte, 24 * kGigabyte, 64, "raw", "device"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(testing::Message()
                 << c.memory << " " << c.disk << " " << c.gpu_memory << " " << c.size);
    MachineState machine = colab_t4();
    machine.memory.available = c.memory;
    std::get<Disk>(machine.disk).free_bytes = c.disk;
    std::get<std::vector<Gpu>>(machine.gpus)[0].free_memory = c.gpu_memory;
    Workload work;
    work.size = c.size;
    const Advice advice = advise(machine, work);

    const std::uint64_t pair = 6ull * c.size * c.size;
    const prepare::CodecChoice codec = prepare::choose_codec(
        77'305, {c.size, c.size, shard::DepthKind::kColour}, {c.memory, c.disk});
    const stream::ResidencyPlan residency = stream::plan_residency(
        stream::Residency::kAuto,
        {70'004 * pair, 70'004 * pair, codec.codec, {c.memory, c.disk, c.gpu_memory}});
    EXPECT_EQ(advice.codec.value, c.codec);
    EXPECT_EQ(advice.codec.value, shard::codec_name(codec.codec));
    EXPECT_EQ("codec " + advice.codec.value + ": " + advice.codec.why, codec.reason);
    EXPECT_EQ(advice.residency.value, c.residency);
    EXPECT_EQ(advice.residency.value + ": " + advice.residency.why, residency.reason);
  }
}

TEST(Advice, WarnsOfABatchThatDoesNotFit) {
  Workload work;
  work.batch_size = 1000;
  EXPECT_TRUE(mentions(advise(colab_t4(), work).warnings, "batches of 1000 pairs"));
}

TEST(Advice, SaysWhenNothingFitsTheDisk) {
  MachineState machine = colab_t4();
  for (const std::uint64_t gigabytes : {5, 12}) {  // 30.4 GB of pixels: cache asks for 12.2 GB
    std::get<Disk>(machine.disk).free_bytes = gigabytes * kGigabyte;
    const Advice advice = advise(machine, {});
    EXPECT_EQ(advice.codec.value, "none");
    EXPECT_NE(advice.codec.why.find("--size"), std::string::npos);
  }
  std::get<Disk>(machine.disk).free_bytes = 15 * kGigabyte;
  EXPECT_EQ(advise(machine, {}).codec.value, "zstd");
}

TEST(Advice, ReadingTheDriveLimitsExtractAndCacheWhereItIsSlow) {
  MachineState machine = colab_t4();
  std::get<Drive>(machine.drive).bytes_per_second = 1e6;
  Workload work;
  work.archive_bytes = 9 * kGigabyte;
  const Advice advice = advise(machine, work);
  EXPECT_DOUBLE_EQ(*advice.extract_seconds, 9000);
  EXPECT_DOUBLE_EQ(*advice.cache_seconds, 9000);
}

TEST(Advice, DecodingLimitsCacheWhereTheDriveIsFast) {
  MachineState machine = colab_t4();
  std::get<Drive>(machine.drive).bytes_per_second = 10e9;
  const Advice two = advise(machine, {});
  machine.processor.usable = 4;
  const Advice four = advise(machine, {});
  EXPECT_NEAR(*two.cache_seconds / *four.cache_seconds, 2, 1e-9);
  EXPECT_DOUBLE_EQ(*two.extract_seconds, 2 * 77'305 * 0.0002);
}

TEST(Advice, AGpuWithoutCodeInTorchIsNotCountedOn) {
  MachineState machine = colab_t4();
  std::get<std::vector<Gpu>>(machine.gpus)[0] = {"Tesla P100-PCIE-16GB", "550.54", 16 * kGigabyte,
                                                 16 * kGigabyte, 60};
  const Advice advice = advise(machine, {});
  EXPECT_TRUE(mentions(advice.warnings, "no code for the Tesla P100"));
  EXPECT_GT(*advice.epoch_seconds, 3600) << "on the CPU";
}

TEST(Advice, ATorchWithoutCudaIsNamedAsTheReason) {
  MachineState machine = colab_t4();
  machine.torch = Torch{"2.13.0+cpu", "", {}};
  const Advice advice = advise(machine, {});
  EXPECT_TRUE(mentions(advice.warnings, "torch 2.13.0+cpu was built without CUDA"));
  EXPECT_FALSE(mentions(advice.warnings, "no code for"));
  EXPECT_GT(*advice.epoch_seconds, 3600) << "on the CPU";
}

TEST(Advice, ARodtrainForTheCpuIsNamedWhateverPythonHas) {
  MachineState machine = colab_t4();
  machine.rodtrain_torch = "1.13.1 cpu";
  EXPECT_TRUE(mentions(advise(machine, {}).warnings, "torch 1.13.1 cpu was built without CUDA"));
  machine.torch = Missing{"No module named 'torch'"};
  EXPECT_TRUE(mentions(advise(machine, {}).warnings, "torch 1.13.1 cpu was built without CUDA"));
  machine.rodtrain_torch = "2.11.0 cuda";
  EXPECT_TRUE(advise(machine, {}).warnings.empty());
  machine.rodtrain_torch = "";
  EXPECT_TRUE(advise(machine, {}).warnings.empty()) << "unknown";
}

TEST(Advice, OfAnUnknownGpuNoEpochIsForetold) {
  MachineState machine = colab_t4();
  std::get<std::vector<Gpu>>(machine.gpus)[0].name = "Some Future GPU";
  EXPECT_FALSE(advise(machine, {}).epoch_seconds);
}

TEST(Advice, AMachineOfWhichNothingIsKnownStillGetsAdvice) {
  const Advice advice = advise(MachineState{}, {});
  EXPECT_EQ(advice.codec.value, "zstd");
  EXPECT_EQ(advice.largest_batch, 0u);
  EXPECT_FALSE(advice.extract_seconds);
  EXPECT_FALSE(advice.cache_seconds);
  EXPECT_TRUE(mentions(advice.warnings, "no GPU"));
}

TEST(Advice, ASessionShorterThanAnEpochIsWarnedOf) {
  MachineState machine = colab_t4();
  machine.session.left = std::chrono::seconds(10);
  EXPECT_TRUE(mentions(advise(machine, {}).warnings, "session"));
}

TEST(PeakFlops, KnowsNeighboursInTheTableApart) {
  EXPECT_EQ(peak_flops("Tesla T4"), 8.1e12);
  EXPECT_EQ(peak_flops("NVIDIA L4"), 30.3e12);
  EXPECT_EQ(peak_flops("NVIDIA L40S"), 91.6e12);
  EXPECT_EQ(peak_flops("NVIDIA A100-SXM4-40GB"), 19.5e12);
  EXPECT_EQ(peak_flops("NVIDIA A10"), 31.2e12);
  EXPECT_EQ(peak_flops("a toaster"), 0);
}

}  // namespace
}  // namespace rod::doctor
