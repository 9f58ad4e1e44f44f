// Every command plans with base/capacity.h: asked about the same machine, all say the same.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "base/capacity.h"
#include "doctor/doctor.h"
#include "prepare/cache/room.h"
#include "prepare/extract/extract.h"
#include "stream/residency.h"
#include "stream/staging.h"
#include "tests/archive/tar_bytes.h"
#include "tests/prepare/cache_fixture.h"

namespace rod::prepare {
namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
constexpr std::uint64_t kPairs = 25, kDecoded = kPairs * 16 * 16 * 6;  // CacheFixture's
constexpr std::uint64_t kMuch = 4096 * kGiB;

class OneCapacity : public CacheFixture {
 protected:
  void SetUp() override {
    write_source();
    archive::put_file(folder_ / "a.tar", archive::TarBytes().file("f", "0123456789").finish());
  }

  // What is asked for a data set of CacheFixture's source, on the same machine each time.

  std::string codec_of_cache(const Machine& machine) {
    return shard::codec_name(run_cache(machine, true).codec);
  }
  bool cache_starts(const Machine& machine) {
    return starts([&] { run_cache(machine, false); });
  }
  bool extract_starts(const Machine& machine) {
    return starts([&] { plan(machine); });
  }
  doctor::Advice doctor_says(const Machine& machine) {
    doctor::MachineState state;
    state.memory.available = machine.memory;
    state.disk = doctor::Disk{"/content", "overlay", kMuch, machine.disk, 0, 0.0002};
    doctor::Workload work;
    work.pairs = kPairs;
    work.epoch_pairs = 9;
    work.target_pairs = kPairs - 9;
    work.size = 16;
    return doctor::advise(state, work);
  }
  std::uint64_t copies_of_staging(const Machine& machine) {
    stream::StagingOptions options;
    options.folder = folder_ / "copies";
    options.look = [&](const std::filesystem::path&) { return machine; };
    return stream::Staging(options, shard::Manifest{}).figures().limit;
  }
  stream::Residency residency(const Machine& machine) {
    return stream::plan_residency(stream::Residency::kAuto,
                                  {kDecoded, kDecoded, shard::Codec::kZstd, machine})
        .kind;
  }

  CacheReport run_cache(const Machine& machine, bool choose_codec) {
    CacheOptions options = options_for("out" + std::to_string(++runs_));
    options.choose_codec = choose_codec;
    options.look = [&](const std::filesystem::path&) { return machine; };
    return cache(options);
  }
  ExtractReport plan(const Machine& machine) {
    ExtractOptions options;
    options.archive = folder_ / "a.tar";
    options.destination = folder_ / "unpacked";
    options.dry_run = options.quiet = true;
    options.look = [&](const std::filesystem::path&) { return machine; };
    return extract(options);
  }

 private:
  static bool starts(const std::function<void()>& command) {
    try {
      command();
      return true;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kNoRoom) << error.what();
      return false;
    }
  }

  unsigned runs_ = 0;
};

TEST_F(OneCapacity, TheSameDiskStaysFreeForEveryCommand) {
  const std::uint64_t raw = stored_bytes(shard::Codec::kRaw, kDecoded, kPairs),
                      zstd = stored_bytes(shard::Codec::kZstd, kDecoded, kPairs),
                      unpacked = plan({.disk = kMuch}).needed;
  struct Command {
    const char* name;
    std::uint64_t memory, needs;
    std::function<bool(const Machine&)> starts;
  };
  const Command commands[] = {
      {"cache", kGiB, zstd, [&](const Machine& m) { return cache_starts(m); }},
      {"doctor, of zstd", kGiB, zstd,
       [&](const Machine& m) { return doctor_says(m).codec.value == "zstd"; }},
      {"cache --codec auto", kMuch, raw,
       [&](const Machine& m) { return codec_of_cache(m) == "raw"; }},
      {"doctor, of raw", kMuch, raw,
       [&](const Machine& m) { return doctor_says(m).codec.value == "raw"; }},
      {"extract", kGiB, unpacked, [&](const Machine& m) { return extract_starts(m); }},
      {"rodtrain --local-dir", kGiB, zstd,
       [&](const Machine& m) { return copies_of_staging(m) >= zstd; }},
  };
  for (const Command& command : commands) {
    SCOPED_TRACE(command.name);
    ASSERT_GT(command.needs, 0u);
    Machine machine{.memory = command.memory, .disk = kKeepFreeDisk + command.needs};
    EXPECT_TRUE(command.starts(machine));
    machine.disk -= 1;
    EXPECT_FALSE(command.starts(machine));
    EXPECT_FALSE(fits({.disk = command.needs}, machine));
  }
}

TEST_F(OneCapacity, PixelsAreStoredRawExactlyWhereTheTrainerWouldKeepThemInMemory) {
  const std::uint64_t enough = kTrainerMemory + 2 * kDecoded;
  for (const std::uint64_t memory : {kGiB, kTrainerMemory, enough - 1, enough, 64 * kGiB}) {
    SCOPED_TRACE(memory);
    const Machine machine{.memory = memory, .disk = kMuch};
    const bool stays = fits({.samples = kDecoded}, machine);
    EXPECT_EQ(stays, memory >= enough);
    EXPECT_EQ(residency(machine) == stream::Residency::kRam, stays);
    EXPECT_EQ(codec_of_cache(machine), stays ? "raw" : "zstd");
    EXPECT_EQ(doctor_says(machine).codec.value, stays ? "raw" : "zstd");
  }
}

TEST_F(OneCapacity, WhatTheDoctorChoosesCacheMakes) {
  for (const std::uint64_t memory : {kGiB, 4 * kGiB}) {
    for (const std::uint64_t disk : {kGiB / 2, kGiB + 10'000, kGiB + 20'000, kGiB + 60'000}) {
      SCOPED_TRACE(testing::Message() << memory << " " << disk);
      const Machine machine{.memory = memory, .disk = disk};
      const std::string codec = doctor_says(machine).codec.value;
      EXPECT_EQ(cache_starts(machine), codec != "none");
      if (codec != "none") {
        EXPECT_EQ(codec_of_cache(machine), codec);
      }
    }
  }
}

TEST_F(OneCapacity, CacheRunsInTheMemoryThatItForecasts) {
  const std::uint64_t memory = run_cache({.memory = kMuch, .disk = kMuch}, false).forecast.memory;
  EXPECT_TRUE(cache_starts({.memory = memory, .disk = kMuch}));
  EXPECT_FALSE(cache_starts({.memory = memory - 1, .disk = kMuch}));
}

}  // namespace
}  // namespace rod::prepare
