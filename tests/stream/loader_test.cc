// The loader: the order's batches, whatever threads and prefetch; errors at their batch; no hang.
#include "stream/loader.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <set>
#include <stdexcept>
#include <utility>

#include "tests/shard/fixture.h"
#include "tests/temporary_folder.h"

namespace rod::stream {
namespace {

using shard::fixture::Bytes;
using shard::fixture::error_of;

struct Seen {
  std::uint64_t epoch, position;
  std::vector<std::int64_t> label;
  std::vector<std::uint64_t> sample;
  bool operator==(const Seen&) const = default;
};

class LoaderTest : public testing::Test {
 protected:
  // Two splits of 23 and 10 samples.
  void write(const shard::PixelFormat& pixels, shard::Codec codec) {
    pixels_ = pixels;
    manifest_ = shard::fixture::manifest_of(
        pixels, codec,
        {shard::fixture::write_split(folder_.path(), "a", pixels, codec, {9, 14}),
         shard::fixture::write_split(folder_.path(), "b", pixels, codec, {10})});
  }
  void SetUp() override { write({6, 5, shard::DepthKind::kColour}, shard::Codec::kZstd); }

  LoaderStream stream(const std::string& split, std::uint32_t batch_size,
                      OrderKind kind = OrderKind::kFull) {
    auto reader = std::make_shared<shard::SplitReader>(folder_.path(), manifest_, split);
    const std::uint64_t samples = reader->size();
    LoaderStream stream;
    stream.split = std::move(reader);
    stream.order = {samples, batch_size, kind, 7, split == "a" ? 0u : 1u};
    return stream;
  }

  // A batch's numbers; its pixels are checked.
  Seen seen(const Batch& batch) const {
    for (std::size_t i = 0; i < batch.sample.size(); ++i) {
      const std::size_t rgb = pixels_.rgb_bytes(), depth = pixels_.depth_bytes();
      const auto rgb_at = batch.rgb.subspan(i * rgb, rgb),
                 depth_at = batch.depth.subspan(i * depth, depth);
      EXPECT_EQ(Bytes(rgb_at.begin(), rgb_at.end()), shard::fixture::rgb(batch.sample[i], pixels_));
      EXPECT_EQ(Bytes(depth_at.begin(), depth_at.end()),
                shard::fixture::depth(batch.sample[i], pixels_));
      EXPECT_EQ(batch.label[i], shard::fixture::label(batch.sample[i]));
    }
    EXPECT_EQ(batch.rgb.size(), batch.sample.size() * pixels_.rgb_bytes());
    EXPECT_EQ(batch.depth.size(), batch.sample.size() * pixels_.depth_bytes());
    return {batch.epoch, batch.position, batch.label, batch.sample};
  }

  static void damage(const std::filesystem::path& path, const char* tensor) {
    const shard::SafetensorsFile file(path);
    const shard::TensorView& view = file.tensors().at(tensor);
    for (std::uint64_t i = 0; i < view.bytes; ++i)
      shard::fixture::flip_bit(path, 8 * (view.offset + i) + 3);
  }

  TemporaryFolder folder_;
  shard::PixelFormat pixels_;
  shard::Manifest manifest_;
};

TEST_F(LoaderTest, GivesTheOrdersBatches) {
  const LoaderStream source = stream("a", 4);
  Loader loader({source}, {.threads = 2});
  for (std::uint64_t number = 0; number < 12; ++number) {
    const Seen batch = seen(*loader.next(0));
    const auto [epoch, n] = source.order.position(number);
    EXPECT_EQ(batch.epoch, epoch);
    EXPECT_EQ(batch.position, n);
    ASSERT_EQ(batch.sample.size(), 4u);
    for (std::uint64_t i = 0; i < 4; ++i)
      EXPECT_EQ(batch.sample[i], source.order.sample(epoch, n + i));
  }
}

TEST_F(LoaderTest, GivesTheSameWhateverThreadsAndPrefetch) {
  std::vector<Seen> expected;
  for (const unsigned threads : {1u, 2u, 8u}) {
    for (const unsigned prefetch : {1u, 2u, 5u}) {
      Loader loader({stream("a", 4), stream("b", 3)}, {.threads = threads, .prefetch = prefetch});
      std::vector<Seen> batches;
      for (int i = 0; i < 40; ++i)
        batches.push_back(seen(*loader.next(static_cast<std::size_t>(i % 2))));
      if (expected.empty()) expected = batches;
      EXPECT_EQ(batches, expected) << threads << " threads, " << prefetch << " ahead";
    }
  }
}

TEST_F(LoaderTest, GoesOnWhereItStopped) {
  std::vector<Seen> expected;
  Loader whole({stream("a", 4)}, {});
  for (int i = 0; i < 20; ++i) expected.push_back(seen(*whole.next(0)));
  for (std::uint64_t from = 0; from < 20; ++from) {
    LoaderStream rest = stream("a", 4);
    rest.first_batch = from;
    Loader loader({rest}, {.threads = 3, .prefetch = 1 + static_cast<unsigned>(from % 3)});
    for (std::uint64_t i = from; i < 20; ++i) EXPECT_EQ(seen(*loader.next(0)), expected[i]);
  }
}

// Several processes with one loader each, of which one after the other runs here.
TEST_F(LoaderTest, DealsTheSameBatchesToAnyNumberOfProcesses) {
  for (const OrderKind kind : {OrderKind::kFull, OrderKind::kWindow, OrderKind::kSequential}) {
    std::vector<Seen> expected;
    for (const std::uint32_t processes : {1u, 2u, 3u, 4u, 8u}) {
      std::vector<Seen> whole(12);
      for (std::uint32_t index = 0; index < processes; ++index) {
        LoaderStream part = stream("a", 6, kind);
        part.order.block = 4;
        part.order.window = 2;
        part.slice = {index, processes};
        Loader loader({part}, {.threads = 1 + index % 3, .prefetch = 1 + processes % 3});
        for (Seen& batch : whole) {
          const Seen slice = seen(*loader.next(0));
          if (index == 0) {
            batch = slice;
            continue;
          }
          EXPECT_EQ(slice.epoch, batch.epoch);
          EXPECT_EQ(slice.position, batch.position + batch.sample.size());
          batch.label.insert(batch.label.end(), slice.label.begin(), slice.label.end());
          batch.sample.insert(batch.sample.end(), slice.sample.begin(), slice.sample.end());
        }
      }
      if (expected.empty()) expected = whole;
      EXPECT_EQ(whole, expected) << processes << " processes";
    }
  }
}

TEST_F(LoaderTest, GoesOnWithAnotherNumberOfProcesses) {
  Loader whole({stream("a", 6)}, {});
  for (int i = 0; i < 5; ++i) whole.next(0);
  const Seen expected = seen(*whole.next(0));
  std::vector<std::uint64_t> samples;
  for (const std::uint32_t index : {0u, 1u, 2u}) {
    LoaderStream part = stream("a", 6);
    part.first_batch = 5;
    part.slice = {index, 3};
    Loader loader({part}, {.threads = 2});
    const Seen slice = seen(*loader.next(0));
    samples.insert(samples.end(), slice.sample.begin(), slice.sample.end());
  }
  EXPECT_EQ(samples, expected.sample);
}

TEST_F(LoaderTest, GivesAnEmptySliceOfASmallLastBatch) {
  LoaderStream part = stream("a", 11, OrderKind::kSequential);  // 23 samples: 11, 11, 1
  part.partial_last = true;
  part.slice = {0, 2};
  Loader loader({part}, {.threads = 2});
  std::vector<std::size_t> sizes;
  while (const Batch* batch = loader.next(0)) sizes.push_back(seen(*batch).sample.size());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{5, 5, 0}));
}

TEST_F(LoaderTest, EndsAfterTheBatchesAskedFor) {
  for (const std::uint64_t batches : {0u, 1u, 2u, 3u, 7u}) {
    LoaderStream some = stream("a", 4);
    some.first_batch = 3;
    some.batches = batches;
    Loader loader({some}, {.threads = 2});
    for (std::uint64_t i = 0; i < batches; ++i) ASSERT_NE(loader.next(0), nullptr);
    EXPECT_EQ(loader.next(0), nullptr);
    EXPECT_EQ(loader.next(0), nullptr);
  }
}

TEST_F(LoaderTest, GivesEverySampleOnceInAPassWithAPartialLastBatch) {
  for (const std::uint32_t batch_size : {1u, 5u, 23u, 64u}) {
    LoaderStream all = stream("a", batch_size, OrderKind::kSequential);
    all.partial_last = true;
    Loader loader({all}, {.threads = 2});
    std::vector<std::uint64_t> samples;
    while (const Batch* batch = loader.next(0)) {
      const Seen one = seen(*batch);
      EXPECT_EQ(one.position, samples.size());
      samples.insert(samples.end(), one.sample.begin(), one.sample.end());
    }
    ASSERT_EQ(samples.size(), 23u);
    for (std::uint64_t n = 0; n < 23; ++n) EXPECT_EQ(samples[n], n);
  }
}

TEST_F(LoaderTest, ReadsDepthOf16BitsAndRawShards) {
  for (const shard::Codec codec : {shard::Codec::kRaw, shard::Codec::kZstd}) {
    write({6, 5, shard::DepthKind::kRaw16}, codec);
    Loader loader({stream("a", 4)}, {.threads = 2});
    for (int i = 0; i < 10; ++i) seen(*loader.next(0));
  }
}

TEST_F(LoaderTest, AcceptsAnyOrderOfConsumption) {
  Loader loader({stream("a", 4), stream("b", 3)}, {.threads = 2, .prefetch = 1});
  const LoaderStream a = stream("a", 4), b = stream("b", 3);
  std::uint64_t taken[2] = {0, 0};
  const auto take = [&](std::size_t number) {
    const StreamOrder& order = number == 0 ? a.order : b.order;
    const auto [epoch, n] = order.position(taken[number]++);
    EXPECT_EQ(loader.next(number)->sample[0], order.sample(epoch, n));
  };
  for (int i = 0; i < 30; ++i) take(1);
  for (int i = 0; i < 30; ++i) take(0);
  for (int i = 0; i < 30; ++i) take(i % 3 == 0 ? 0 : 1);
}

TEST_F(LoaderTest, KeepsABatchUntilTheNextOfItsStream) {
  Loader loader({stream("a", 4), stream("b", 3)}, {.threads = 2, .prefetch = 1});
  const Batch* kept = loader.next(0);
  const Seen before = seen(*kept);
  for (int i = 0; i < 20; ++i) loader.next(1);
  EXPECT_EQ(seen(*kept), before);
}

TEST_F(LoaderTest, TakesItsMemoryOnceAndGivesItBack) {
  std::set<std::byte*> live;
  std::size_t allocated = 0;
  const BatchMemory memory = {
      [&](std::size_t bytes) {
        ++allocated;
        auto* block = static_cast<std::byte*>(std::aligned_alloc(64, (bytes + 63) / 64 * 64));
        live.insert(block);
        return block;
      },
      [&](std::byte* block) {
        live.erase(block);
        std::free(block);
      }};
  {
    Loader loader({stream("a", 4), stream("b", 3)},
                  {.threads = 2, .prefetch = 2, .memory = memory});
    for (int i = 0; i < 30; ++i) loader.next(static_cast<std::size_t>(i % 2));
    EXPECT_EQ(allocated, 6u);
  }
  EXPECT_TRUE(live.empty());
}

TEST_F(LoaderTest, ABatchThatIsTakenStaysAsItIs) {
  std::vector<std::pair<Batch, std::shared_ptr<std::byte>>> taken;
  std::vector<Seen> expected;
  {
    Loader plain({stream("a", 4)}, {.threads = 2});
    for (int number = 0; number < 12; ++number) expected.push_back(seen(*plain.next(0)));
  }
  {
    Loader loader({stream("a", 4)}, {.threads = 2});
    EXPECT_THROW(loader.take(0), std::logic_error);
    for (int number = 0; number < 12; ++number) {
      while (!loader.wait_for(0, std::chrono::milliseconds(10))) continue;
      const Batch batch = *loader.next(0);
      taken.emplace_back(batch, loader.take(0));
      EXPECT_THROW(loader.take(0), std::logic_error);
      if (number % 2 == 0) loader.refill();
    }
  }
  for (std::size_t number = 0; number < taken.size(); ++number) {
    EXPECT_EQ(seen(taken[number].first), expected[number]);
  }
}

TEST_F(LoaderTest, APassWithAPartialLastBatchMayBeOfAnyEpochAndOrder) {
  LoaderStream source = stream("a", 5);
  source.partial_last = true;
  source.epoch = 3;
  Loader loader({source}, {.threads = 2});
  std::uint64_t n = 0;
  while (const Batch* const batch = loader.next(0)) {
    EXPECT_EQ(seen(*batch).epoch, 3u);
    for (const std::uint64_t sample : batch->sample) EXPECT_EQ(sample, source.order.sample(3, n++));
  }
  EXPECT_EQ(n, 23u);
}

TEST_F(LoaderTest, StopsAtOnceWhereverItIs) {
  for (int taken = 0; taken < 6; ++taken) {
    Loader loader({stream("a", 4), stream("b", 3)}, {.threads = 4, .prefetch = 5});
    for (int i = 0; i < taken; ++i) loader.next(0);
  }
}

TEST_F(LoaderTest, NamesFileAndSampleAtTheBatchThatFails) {
  damage(folder_ / "a/00001.safetensors", "rgb");  // samples 9 to 22
  for (const unsigned threads : {1u, 8u}) {
    for (const unsigned prefetch : {1u, 5u}) {
      Loader loader({stream("a", 4, OrderKind::kSequential)},
                    {.threads = threads, .prefetch = prefetch});
      EXPECT_EQ(seen(*loader.next(0)).position, 0u);
      EXPECT_EQ(seen(*loader.next(0)).position, 4u);
      for (int again = 0; again < 2; ++again) {
        const std::string message = error_of([&] { loader.next(0); });
        EXPECT_EQ(message.substr(0, 2), "3 ");
        EXPECT_NE(message.find("a/00001.safetensors: sample 0 (apple/a_9.png)"), message.npos)
            << message;
      }
    }
  }
}

TEST_F(LoaderTest, NamesAShardThatIsCutWhileItIsRead) {
  Loader loader({stream("a", 4)}, {.threads = 4, .prefetch = 2});
  loader.next(0);
  std::filesystem::resize_file(folder_ / "a/00000.safetensors", 10);
  std::filesystem::resize_file(folder_ / "a/00001.safetensors", 10);
  const std::string message = error_of([&] {
    for (;;) loader.next(0);
  });
  EXPECT_EQ(message.substr(0, 2), "3 ");
  EXPECT_NE(message.find("truncated"), message.npos) << message;
  EXPECT_NE(message.find(".safetensors: sample "), message.npos) << message;
}

TEST_F(LoaderTest, ReadsOnWhenShardsAreDeletedThatItHasOpen) {
  Loader loader({stream("a", 4)}, {.threads = 4});
  loader.next(0);
  std::filesystem::remove_all(folder_ / "a");
  for (int i = 0; i < 30; ++i) seen(*loader.next(0));
}

TEST_F(LoaderTest, LeavesOtherStreamsAloneWhenOneFails) {
  damage(folder_ / "a/00000.safetensors", "depth");
  damage(folder_ / "a/00001.safetensors", "depth");
  Loader loader({stream("a", 4), stream("b", 3)}, {.threads = 2, .prefetch = 1});
  for (int i = 0; i < 10; ++i) {
    EXPECT_THROW(loader.next(0), Error);
    seen(*loader.next(1));
  }
}

TEST_F(LoaderTest, RefusesABatchLargerThanItsSplit) {
  const std::string message = error_of([&] { Loader({stream("b", 11)}, {}); });
  EXPECT_EQ(message,
            "2 split 'b' has 10 samples, too few for a batch of 11; use a smaller --batch-size");
}

}  // namespace
}  // namespace rod::stream
