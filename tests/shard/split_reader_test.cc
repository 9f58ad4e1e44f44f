// A split: its shards as one sequence, checked against the manifest.
#include "shard/split_reader.h"

#include <gtest/gtest.h>

#include <functional>

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

TEST_F(Split, NamesTheShardThatIsMissing) {
  std::filesystem::remove(folder_ / "ROD/00001.safetensors");
  EXPECT_NE(refusal([](Manifest&) {}).find("ROD/00001.safetensors"), std::string::npos);
}

}  // namespace
}  // namespace rod::shard
