// A split: its shards as one sequence, checked against the manifest.
#include "shard/split_reader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "tests/shard/fixture.h"
#include "tests/temporary_folder.h"

namespace rod::shard {
namespace {

using fixture::Bytes;
using fixture::error_of;

constexpr PixelFormat kPixels{4, 3, DepthKind::kRaw16};

class Split : public testing::Test {
 protected:
  Split()
      : manifest_(fixture::manifest_of(
            kPixels, Codec::kZstd,
            {fixture::write_split(folder_.path(), "ROD", kPixels, Codec::kZstd, {3, 1, 4})})) {}

  std::string refusal(const std::function<void(Manifest&)>& change) {
    Manifest manifest = manifest_;
    change(manifest);
    return error_of([&] { SplitReader(folder_.path(), manifest, "ROD"); });
  }

  TemporaryFolder folder_;
  Manifest manifest_;
};

TEST_F(Split, ReadsItsShardsAsOneSequence) {
  const SplitReader split(folder_.path(), manifest_, "ROD");
  ASSERT_EQ(split.size(), 8u);
  ReadScratch scratch;
  Bytes rgb(kPixels.rgb_bytes()), depth(kPixels.depth_bytes());
  for (std::uint64_t n = 0; n < split.size(); ++n) {
    split.read(n, rgb, depth, scratch);
    EXPECT_EQ(rgb, fixture::rgb(n, kPixels));
    EXPECT_EQ(depth, fixture::depth(n, kPixels));
    EXPECT_EQ(split.key(n), fixture::key(n));
    EXPECT_EQ(split.label(n), fixture::label(n));
  }
}

TEST_F(Split, CountsRefusedLinesInTheListsLines) {
  manifest_.splits[0].lines_left_out = {0, 1, 4, 11};
  const SplitReader split(folder_.path(), manifest_, "ROD");
  const std::uint64_t expected[] = {2, 3, 5, 6, 7, 8, 9, 10};
  for (std::uint64_t n = 0; n < split.size(); ++n) EXPECT_EQ(split.line(n), expected[n]);
}

TEST_F(Split, ChecksASampleThatWasNeverReadBefore) {
  const SplitReader split(folder_.path(), manifest_, "ROD");
  ReadScratch scratch;
  Bytes rgb(kPixels.rgb_bytes()), depth(kPixels.depth_bytes());
  split.read(0, rgb, depth, scratch);
  const auto path = folder_ / "ROD/00000.safetensors";
  std::string bytes = fixture::read_text(path);
  const SafetensorsFile file(path);
  const TensorView& view = file.tensors().at("rgb");
  for (std::uint64_t i = 0; i < view.bytes; ++i) bytes[view.offset + i] ^= 0x55;
  fixture::write_text(path, bytes);
  EXPECT_NE(error_of([&] { split.read(1, rgb, depth, scratch); }).find("sample 1 (apple/a_1.png)"),
            std::string::npos);
}

TEST_F(Split, IsRefusedWhenTheManifestSaysOtherwise) {
  EXPECT_NE(refusal([](Manifest& m) { m.splits[0].shards[1].bytes += 1; }).find("00001"),
            std::string::npos);
  EXPECT_NE(refusal([](Manifest& m) {
              m.splits[0].class_counts = {3, 2, 2, 1};
            }).find("class counts"),
            std::string::npos);
  EXPECT_NE(refusal([](Manifest& m) { m.classes.resize(2); }).find("label 2"), std::string::npos);
  EXPECT_NE(refusal([](Manifest& m) { m.codec = Codec::kRaw; }).find("metadata 'codec'"),
            std::string::npos);
}

TEST_F(Split, IsRefusedWhenItsShardsAreSwapped) {
  std::filesystem::rename(folder_ / "ROD/00000.safetensors", folder_ / "keep");
  std::filesystem::copy(folder_ / "ROD/00002.safetensors", folder_ / "ROD/00000.safetensors");
  const std::string message = refusal([](Manifest& m) {
    m.splits[0].shards[0].samples = m.splits[0].shards[2].samples;
    m.splits[0].shards[0].bytes = m.splits[0].shards[2].bytes;
  });
  EXPECT_NE(message.find("is 'ROD/00002.safetensors' by its header"), message.npos) << message;
}

// A file that counts how many of its kind there are.
class CountedFile : public io::RandomAccessFile {
 public:
  CountedFile(std::shared_ptr<const io::RandomAccessFile> file, std::shared_ptr<void> token)
      : file_(std::move(file)), token_(std::move(token)) {}
  const std::string& name() const override { return file_->name(); }
  std::uint64_t size() const override { return file_->size(); }
  std::size_t read_at(std::span<std::byte> out, std::uint64_t offset) const override {
    return file_->read_at(out, offset);
  }

 private:
  std::shared_ptr<const io::RandomAccessFile> file_;
  std::shared_ptr<void> token_;
};

// A split of twenty shards, too many to be open at once.
class LargeSplit : public testing::Test {
 protected:
  LargeSplit()
      : manifest_(
            fixture::manifest_of(kPixels, Codec::kZstd,
                                 {fixture::write_split(folder_.path(), "ROD", kPixels, Codec::kZstd,
                                                       std::vector<std::uint64_t>(20, 2))})) {}

  ShardOpener opener() {
    return [this](const std::filesystem::path& dataset, const ShardInfo& shard) {
      ++opened_;
      return std::make_shared<const CountedFile>(io::open_file(dataset / shard.file), token_);
    };
  }
  long open_files() const { return token_.use_count() - 1; }

  static void expect_sample(const SplitReader& split, std::uint64_t n) {
    ReadScratch scratch;
    Bytes rgb(kPixels.rgb_bytes()), depth(kPixels.depth_bytes());
    split.read(n, rgb, depth, scratch);
    EXPECT_EQ(rgb, fixture::rgb(n, kPixels));
    EXPECT_EQ(depth, fixture::depth(n, kPixels));
    EXPECT_EQ(split.key(n), fixture::key(n));
    EXPECT_EQ(split.label(n), fixture::label(n));
  }

  TemporaryFolder folder_;
  Manifest manifest_;
  std::shared_ptr<void> token_ = std::make_shared<int>();
  std::atomic<unsigned> opened_{0};
};

TEST_F(LargeSplit, IsOpenedWholeWhereItFits) {
  const SplitReader split(folder_.path(), manifest_, "ROD", opener());
  EXPECT_EQ(open_files(), 20);
  for (std::uint64_t n = 0; n < split.size(); ++n) expect_sample(split, n);
  EXPECT_EQ(opened_, 20u);
}

TEST_F(LargeSplit, OpensAShardWhenItIsNeededAndClosesTheOneUsedLongestAgo) {
  const SplitReader split(folder_.path(), manifest_, "ROD", opener(), {10, 1 << 20});
  EXPECT_EQ(opened_, 0u);
  split.will_need(0);
  EXPECT_EQ(opened_, 0u) << "a hint opens nothing";
  for (std::uint64_t n = 0; n < split.size(); ++n) {
    expect_sample(split, n);
    EXPECT_LE(open_files(), 10);
  }
  EXPECT_EQ(opened_, 20u);
  expect_sample(split, 39);
  expect_sample(split, 20);
  EXPECT_EQ(opened_, 20u) << "the last ten are open";
  expect_sample(split, 0);
  expect_sample(split, 20);
  EXPECT_EQ(opened_, 21u) << "shard 11 was used longest ago";
  expect_sample(split, 22);
  EXPECT_EQ(opened_, 22u);
}

TEST_F(LargeSplit, KeepsOneShardWhereMemoryIsShort) {
  const SplitReader split(folder_.path(), manifest_, "ROD", opener(), {1000, 1});
  for (const std::uint64_t n : {5u, 4u, 38u, 5u}) {
    expect_sample(split, n);
    EXPECT_EQ(open_files(), 1);
  }
  EXPECT_EQ(opened_, 3u);
}

TEST_F(LargeSplit, CountsTheShardsOfAllSplits) {
  const OpenLimits limits{30, 1 << 20};
  const SplitReader first(folder_.path(), manifest_, "ROD", opener(), limits);
  EXPECT_EQ(open_files(), 20);
  {
    const SplitReader second(folder_.path(), manifest_, "ROD", opener(), limits);
    for (std::uint64_t n = 0; n < second.size(); ++n) expect_sample(second, n);
    EXPECT_EQ(open_files(), 30);
  }
  EXPECT_EQ(open_files(), 20);
  const SplitReader third(folder_.path(), manifest_, "ROD", opener(), {40, 1 << 20});
  EXPECT_EQ(open_files(), 40) << "what the second had was given back";
}

TEST_F(LargeSplit, NamesABadShardWhenItIsNeeded) {
  std::filesystem::remove(folder_ / "ROD/00007.safetensors");
  manifest_.splits[0].shards[9].bytes += 1;
  const SplitReader split(folder_.path(), manifest_, "ROD", {}, {10, 1 << 20});
  expect_sample(split, 13);
  EXPECT_NE(error_of([&] { split.label(14); }).find("ROD/00007.safetensors"), std::string::npos);
  EXPECT_NE(error_of([&] { split.key(18); }).find("ROD/00009"), std::string::npos);
  expect_sample(split, 20);
}

TEST_F(LargeSplit, IsReadByManyThreads) {
  const SplitReader split(folder_.path(), manifest_, "ROD", opener(), {9, 1 << 20});
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&split, t] {
      for (std::uint64_t i = 0; i < 400; ++i) expect_sample(split, (i * 7 + t * 13) % split.size());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(open_files(), 9);
}

TEST_F(Split, NamesTheShardThatIsMissing) {
  std::filesystem::remove(folder_ / "ROD/00001.safetensors");
  EXPECT_NE(refusal([](Manifest&) {}).find("ROD/00001.safetensors"), std::string::npos);
}

}  // namespace
}  // namespace rod::shard
