// Shards on a slow drive: copied in the order of need, within a limit, checked, and read through
// every failure that passes.
#include "stream/staging.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "io/random_access_file.h"
#include "stream/loader.h"
#include "stream/order.h"
#include "tests/shard/fixture.h"
#include "tests/temporary_folder.h"

namespace rod::stream {
namespace {

using shard::fixture::error_of;
using namespace std::chrono_literals;

TEST(ShardNeeds, AreInTheOrdersTurn) {
  StreamOrder order{100, 10, OrderKind::kSequential, 1, 0};
  const std::vector<std::uint64_t> first = {0, 25, 50, 100};
  EXPECT_EQ(shard_needs(order, first, 0), (std::vector<std::uint64_t>{0, 2, 5}));
  EXPECT_EQ(shard_needs(order, first, 3), (std::vector<std::uint64_t>{7, 0, 2}));
  EXPECT_EQ(shard_needs(order, first, 23), (std::vector<std::uint64_t>{7, 0, 2}));
  order.kind = OrderKind::kFull;
  EXPECT_EQ(shard_needs(order, first, 3), (std::vector<std::uint64_t>{0, 0, 0}));
}

TEST(ShardNeeds, OfAWindowComeWithTheirWindow) {
  StreamOrder order{100, 10, OrderKind::kWindow, 1, 0};
  order.block = 10;
  order.window = 2;
  std::vector<std::uint64_t> first;
  for (std::uint64_t n = 0; n <= 100; n += 10) first.push_back(n);
  for (std::uint64_t batch = 0; batch < 30; ++batch) {
    const std::vector<std::uint64_t> needs = shard_needs(order, first, batch);
    for (std::uint64_t shard = 0; shard < 10; ++shard) {
      std::uint64_t expected = 0;  // the first batch from here whose window has the shard's samples
      const auto has = [&](std::uint64_t number) {
        const auto [epoch, n] = order.position(number);
        for (const ShuffleWindow::Range& range : shuffle_window_at(order, epoch, n).blocks) {
          if (range.begin == first[shard]) return true;
        }
        return false;
      };
      while (!has(batch + expected)) ++expected;
      EXPECT_EQ(needs[shard], expected) << "batch " << batch << " shard " << shard;
    }
  }
}

// What a test puts in the way of a read of the drive: it may wait, throw, or change the file first.
using BeforeRead = std::function<void()>;

class DriveFile final : public io::RandomAccessFile {
 public:
  DriveFile(std::shared_ptr<const io::RandomAccessFile> file, BeforeRead before)
      : file_(std::move(file)), before_(std::move(before)) {}
  const std::string& name() const override { return file_->name(); }
  std::uint64_t size() const override { return file_->size(); }
  std::size_t read_at(std::span<std::byte> out, std::uint64_t offset) const override {
    before_();
    return file_->read_at(out, offset);
  }

 private:
  const std::shared_ptr<const io::RandomAccessFile> file_;
  const BeforeRead before_;
};

class StagingTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kSamples = 60, kShards = 6;

  void SetUp() override {
    const shard::SplitInfo a = shard::fixture::write_split(
        drive_.path(), "a", pixels_, shard::Codec::kZstd, {10, 10, 10, 10, 10, 10});
    manifest_ = shard::fixture::manifest_of(pixels_, shard::Codec::kZstd, {a});
    for (const shard::ShardInfo& shard : a.shards) {
      largest_ = std::max(largest_, shard.bytes);
      all_ += shard.bytes;
    }
    options_.folder = local_.path();
    options_.limit = all_;
    options_.timeout = 2s;
    options_.retries.first_pause = 1ms;
    options_.retries.longest_pause = 5ms;
    options_.retries.give_up_after = 20s;
    options_.log = [this](const std::string& text) {
      const std::lock_guard lock(mutex_);
      said_ += text + "\n";
    };
  }

  // Reads `batches` batches of 5 through the drive and checks every pixel.
  Staging::Figures read(std::uint64_t batches, OrderKind kind = OrderKind::kWindow,
                        std::uint64_t from = 0) {
    Staging staging(options_, manifest_);
    LoaderStream stream;
    stream.split =
        std::make_shared<shard::SplitReader>(drive_.path(), manifest_, "a", staging.opener());
    stream.order = {kSamples, 5, kind, 3, 0};
    stream.order.block = stream.split->mean_shard_samples();
    stream.order.window = 2;
    stream.first_batch = from;
    stream.consumed = std::make_shared<std::atomic<std::uint64_t>>(from);
    *started_ = true;
    staging.start({{"a", stream.order, stream.consumed}});
    Loader loader({stream}, {.threads = 3, .prefetch = 2});
    const struct Stop {
      Staging& staging;
      ~Stop() { staging.stop(); }
    } stop{staging};
    for (std::uint64_t number = from; number < from + batches; ++number) {
      const Batch& batch = *loader.next(0);
      for (std::size_t i = 0; i < batch.sample.size(); ++i) {
        const auto rgb = batch.rgb.subspan(i * pixels_.rgb_bytes(), pixels_.rgb_bytes());
        EXPECT_EQ(batch.sample[i], stream.order.sample(batch.epoch, batch.position + i));
        EXPECT_EQ(shard::fixture::Bytes(rgb.begin(), rgb.end()),
                  shard::fixture::rgb(batch.sample[i], pixels_));
      }
      EXPECT_LE(copies_bytes(), options_.limit);
    }
    return staging.figures();
  }

  void before_each_read(BeforeRead before) {
    options_.open = [before = std::move(before)](const std::filesystem::path& path) {
      return std::make_shared<DriveFile>(io::open_file(path), before);
    };
  }

  std::uint64_t copies_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             local_.path(), std::filesystem::directory_options::skip_permission_denied)) {
      std::error_code error;
      const auto size = entry.file_size(error);
      if (!error && entry.path().extension() == ".safetensors") bytes += size;
    }
    return bytes;
  }
  std::filesystem::path copy(const std::string& name) const {
    return local_.path() / "shards" / manifest_.fingerprint / "a" / name;
  }
  std::string said() {
    const std::lock_guard lock(mutex_);
    return said_;
  }

  const shard::PixelFormat pixels_{80, 60, shard::DepthKind::kColour};
  TemporaryFolder drive_, local_;
  shard::Manifest manifest_;
  StagingOptions options_;
  std::uint64_t largest_ = 0, all_ = 0;
  // Shared with calls that are left behind.
  const std::shared_ptr<std::atomic<bool>> started_ = std::make_shared<std::atomic<bool>>(false);
  std::mutex mutex_;
  std::string said_;
};

TEST_F(StagingTest, CopiesEachShardOnceWhereThereIsRoom) {
  for (const OrderKind kind : {OrderKind::kFull, OrderKind::kWindow, OrderKind::kSequential}) {
    std::filesystem::remove_all(local_.path() / "shards");
    const Staging::Figures figures = read(30, kind);
    EXPECT_EQ(figures.copied, kShards);
    EXPECT_EQ(figures.removed + figures.direct, 0u);
    EXPECT_EQ(copies_bytes(), all_);
  }
}

TEST_F(StagingTest, KeepsWithinTheLimitAndRemovesWhatIsNeededLatest) {
  options_.limit = 4 * largest_;
  const Staging::Figures figures = read(36);  // three epochs of six shards, four of which have room
  EXPECT_GT(figures.copied, kShards);
  EXPECT_LT(figures.copied, 3 * kShards + 2);
  EXPECT_LE(copies_bytes(), options_.limit);
}

TEST_F(StagingTest, ReadsOnTheDriveWhatHasNoRoom) {
  options_.limit = 2 * largest_;
  const Staging::Figures figures = read(24, OrderKind::kFull);
  EXPECT_EQ(figures.copied, 2u);
  EXPECT_EQ(figures.direct, kShards - 2);
  EXPECT_NE(said().find("A larger --local-limit"), std::string::npos);
  options_.limit = 1;
  EXPECT_EQ(read(12).copied, 0u);
}

TEST_F(StagingTest, UsesTheCopiesOfTheRunBefore) {
  read(12);
  const Staging::Figures figures = read(12);
  EXPECT_EQ(figures.reused, kShards);
  EXPECT_EQ(figures.copied, 0u);
}

TEST_F(StagingTest, CopiesAgainWhatWasDamagedHere) {
  read(12);
  shard::fixture::flip_bit(copy("00002.safetensors"), 8 * (largest_ / 2));
  std::filesystem::resize_file(copy("00003.safetensors"), 100);
  const Staging::Figures figures = read(12);
  EXPECT_EQ(figures.reused, kShards - 2);
  EXPECT_EQ(figures.copied, 2u);
  EXPECT_NE(said().find("the copy has changed"), std::string::npos);
}

TEST_F(StagingTest, TriesAgainWhatFailsAndPasses) {
  const auto calls = std::make_shared<std::atomic<unsigned>>(0);
  before_each_read([calls] {
    const unsigned number = (*calls)++;
    if (number % 3 == 1) throw_errno("drive", "read", number % 2 == 0 ? EIO : ENOTCONN);
  });
  EXPECT_EQ(read(24).copied, kShards);
  EXPECT_NE(said().find("trying again"), std::string::npos);
  EXPECT_NE(said().find("responds again"), std::string::npos);
}

TEST_F(StagingTest, LeavesACallBehindThatHangs) {
  options_.timeout = 100ms;
  const auto hung = std::make_shared<std::atomic<bool>>(true);
  const auto calls = std::make_shared<std::atomic<unsigned>>(0);
  before_each_read([hung, calls, started = started_] {
    if (*started && ++*calls == 3) {
      while (*hung) std::this_thread::sleep_for(5ms);
      throw_errno("drive", "read", EIO);
    }
  });
  EXPECT_EQ(read(24).copied, kShards);
  EXPECT_NE(said().find("no answer for"), std::string::npos);
  *hung = false;
}

TEST_F(StagingTest, NamesAShardThatStaysUnreadable) {
  options_.retries.give_up_after = 50ms;
  options_.open = [started = started_](const std::filesystem::path& path) {
    return std::make_shared<DriveFile>(io::open_file(path), [started, path] {
      if (*started) throw_errno(path.string(), "read", EIO);
    });
  };
  const std::string message = error_of([&] { read(12); });
  EXPECT_EQ(message[0], '1') << message;
  EXPECT_NE(message.find((drive_.path() / "a/0000").string()), message.npos) << message;
  EXPECT_NE(message.find("sample "), message.npos) << message;
  EXPECT_NE(message.find("Input/output error"), message.npos) << message;
}

TEST_F(StagingTest, NamesAShardThatIsNotWhatTheManifestSays) {
  shard::fixture::flip_bit(drive_.path() / "a/00004.safetensors", 8 * (largest_ / 2));
  const std::string message = error_of([&] { read(24); });
  EXPECT_EQ(message[0], '3') << message;
  EXPECT_NE(message.find("a/00004.safetensors: has hash"), message.npos) << message;
  EXPECT_NE(message.find("3 times in a row"), message.npos) << message;
}

TEST_F(StagingTest, NamesAShardThatIsGone) {
  const auto gone = std::make_shared<std::atomic<bool>>(false);
  before_each_read([gone, started = started_, file = drive_.path() / "a/00001.safetensors"] {
    if (*started && !gone->exchange(true)) std::filesystem::resize_file(file, 1000);
  });
  const std::string message = error_of([&] { read(24); });
  EXPECT_EQ(message[0], '3') << message;
  EXPECT_NE(message.find("a/00001.safetensors"), message.npos) << message;
  EXPECT_NE(message.find("truncated"), message.npos) << message;
}

TEST_F(StagingTest, StopsAtOnceWhileADriveHangs) {
  options_.timeout = 1h;
  const auto hung = std::make_shared<std::atomic<bool>>(true);
  before_each_read([hung, started = started_] {
    while (*started && *hung) std::this_thread::sleep_for(5ms);
  });
  const auto start = std::chrono::steady_clock::now();
  read(0);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  *hung = false;
}

TEST_F(StagingTest, NeverTouchesTheDrive) {
  const auto before = std::filesystem::last_write_time(drive_.path() / "a/00000.safetensors");
  options_.limit = 2 * largest_;
  read(36);
  for (const shard::ShardInfo& shard : manifest_.splits[0].shards) {
    EXPECT_EQ(std::filesystem::file_size(drive_.path() / shard.file), shard.bytes);
  }
  EXPECT_EQ(std::filesystem::last_write_time(drive_.path() / "a/00000.safetensors"), before);
}

}  // namespace
}  // namespace rod::stream
