// The seam for bytes from elsewhere: the loader, with and without staging, reads shards that are no
// files.
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "base/error.h"
#include "stream/loader.h"
#include "stream/staging.h"
#include "tests/io/memory_file.h"
#include "tests/shard/fixture.h"
#include "tests/temporary_folder.h"

namespace rod::stream {
namespace {

const std::filesystem::path kDataset = "https://example.org/data";

class MemoryShards : public testing::Test {
 protected:
  MemoryShards() {
    const TemporaryFolder folder;
    const shard::SplitInfo split =
        shard::fixture::write_split(folder.path(), "a", pixels_, shard::Codec::kZstd, {10, 10, 10});
    manifest_ = shard::fixture::manifest_of(pixels_, shard::Codec::kZstd, {split});
    for (const shard::ShardInfo& shard : split.shards) {
      files_[(kDataset / shard.file).string()] = std::make_shared<io::MemoryFile>(
          (kDataset / shard.file).string(), shard::fixture::read_text(folder / shard.file));
    }
  }

  io::FileOpener opener() const {
    return [this](const std::filesystem::path& path) {
      const auto found = files_.find(path.string());
      if (found == files_.end()) throw_errno(path.string(), "find", ENOENT);
      return found->second;
    };
  }

  // An epoch through the loader; checks every pixel.
  void read(std::shared_ptr<const shard::SplitReader> split,
            std::shared_ptr<std::atomic<std::uint64_t>> consumed = {}) const {
    LoaderStream stream;
    stream.split = std::move(split);
    stream.order = {30, 5, OrderKind::kFull, 3, 0};
    stream.consumed = std::move(consumed);
    Loader loader({stream}, {.threads = 2, .prefetch = 2});
    std::map<std::uint64_t, unsigned> seen;
    for (int number = 0; number < 6; ++number) {
      const Batch& batch = *loader.next(0);
      for (std::size_t i = 0; i < batch.sample.size(); ++i) {
        ++seen[batch.sample[i]];
        const auto rgb = batch.rgb.subspan(i * pixels_.rgb_bytes(), pixels_.rgb_bytes());
        EXPECT_EQ(shard::fixture::Bytes(rgb.begin(), rgb.end()),
                  shard::fixture::rgb(batch.sample[i], pixels_));
      }
    }
    EXPECT_EQ(seen.size(), 30u);
  }

  const shard::PixelFormat pixels_{6, 5, shard::DepthKind::kColour};
  shard::Manifest manifest_;
  std::map<std::string, std::shared_ptr<const io::RandomAccessFile>> files_;
};

TEST_F(MemoryShards, GiveTheLoaderEverySample) {
  read(std::make_shared<shard::SplitReader>(
      kDataset, manifest_, "a",
      [this](const std::filesystem::path& dataset, const shard::ShardInfo& shard) {
        return opener()(dataset / shard.file);
      }));
}

TEST_F(MemoryShards, AreStagedAsThoseOfADriveAre) {
  const TemporaryFolder local;
  StagingOptions options;
  options.folder = local.path();
  options.limit = 1 << 20;
  options.open = opener();
  Staging staging(options, manifest_);
  const auto split =
      std::make_shared<shard::SplitReader>(kDataset, manifest_, "a", staging.opener());
  const auto consumed = std::make_shared<std::atomic<std::uint64_t>>(0);
  staging.start({{"a", {30, 5, OrderKind::kFull, 3, 0}, consumed}});
  read(split, consumed);
  staging.stop();
  EXPECT_EQ(staging.figures().copied, 3u);
}

TEST_F(MemoryShards, AreNamedByTheirAddressWhenOneIsMissing) {
  files_.erase((kDataset / "a/00001.safetensors").string());
  const std::string message = shard::fixture::error_of([&] {
    shard::SplitReader(kDataset, manifest_, "a",
                       [this](const std::filesystem::path& dataset, const shard::ShardInfo& shard) {
                         return opener()(dataset / shard.file);
                       });
  });
  EXPECT_NE(message.find("https://example.org/data/a/00001.safetensors"), message.npos) << message;
}

}  // namespace
}  // namespace rod::stream
