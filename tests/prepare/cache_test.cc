#include "prepare/cache.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "image/decode.h"
#include "image/resize.h"
#include "prepare/refusal.h"
#include "shard/split_reader.h"
#include "tests/prepare/small_source.h"
#include "tests/temporary_folder.h"

namespace rod {
namespace {

namespace fs = std::filesystem;

// A source on disk and a place for data sets.
class Cache : public ::testing::Test {
 protected:
  CacheOptions options_for(const std::string& destination) const {
    CacheOptions options;
    options.source = folder_ / "source";
    options.destination = folder_ / destination;
    options.size = 16;
    options.shard_bytes = 4 * 2 * 16 * 16 * 3;  // four pairs
    options.jobs = 2;
    options.quiet = true;
    return options;
  }

  void write_source() { source_.write_folder(folder_ / "source"); }

  // What a cut-off download leaves: half of a file.
  void damage(const std::string& path) {
    auto& bytes = source_.files().at(path);
    bytes.resize(bytes.size() / 2);
  }

  // Runs into the damaged depth image of ROD's last pair, when eleven pairs make three shards.
  void interrupt(const std::string& destination) {
    damage(SmallSource::rod_depth(10));
    write_source();
    EXPECT_THROW(cache(options_for(destination)), BadInput);
  }

  static Error error_of(const CacheOptions& options) {
    try {
      cache(options);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return Error(ErrorKind::kFailed, "");
  }

  static bool says(const Error& error, const std::string& text) {
    return std::string(error.what()).find(text) != std::string::npos;
  }

  TemporaryFolder folder_;
  SmallSource source_;
};

Image pixels_of(const Decoded& decoded) { return std::get<Image>(decoded); }

TEST_F(Cache, StoresEveryPairInTheListsOrder) {
  write_source();
  const CacheReport report = cache(options_for("out"));
  EXPECT_EQ(report.pairs, 25u);
  const Manifest manifest = read_manifest(folder_ / "out");
  ASSERT_EQ(manifest.splits.size(), 3u);
  const SplitReader split(folder_ / "out", manifest, "ROD");
  ASSERT_EQ(split.size(), 11u);
  ReadScratch scratch;
  for (unsigned n = 0; n < 11; ++n) {
    Image rgb(16, 16, 3, 1), depth(16, 16, 3, 1);
    split.read(n, rgb.bytes, depth.bytes, scratch);
    EXPECT_EQ(rgb, resize_bilinear(pixels_of(decode_rgb(source_.file(SmallSource::rod_rgb(n)))), 16, 16)) << n;
    EXPECT_EQ(depth, resize_bilinear(pixels_of(decode_depth(source_.file(SmallSource::rod_depth(n)))), 16, 16)) << n;
    EXPECT_EQ(split.label(n), n % 3);
    EXPECT_EQ(split.line(n), n);
  }
  EXPECT_EQ(split.key(4), "ball/ball_1/ball_1_4_***.png");
}

TEST_F(Cache, LeavesNothingBesidesTheDataSet) {
  write_source();
  cache(options_for("out"));
  std::vector<std::string> names;
  for (const auto& [name, contents] : folder_contents(folder_ / "out")) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"ROD/00000.safetensors", "ROD/00001.safetensors", "ROD/00002.safetensors",
                                             "dataset.json", "synROD-test/00000.safetensors",
                                             "synROD-test/00001.safetensors", "synROD-train/00000.safetensors",
                                             "synROD-train/00001.safetensors", "synROD-train/00002.safetensors"}));
}

TEST_F(Cache, MakesTheSameBytesForAnyNumberOfJobs) {
  write_source();
  for (const unsigned jobs : {1u, 2u, 8u}) {
    CacheOptions options = options_for("out" + std::to_string(jobs));
    options.jobs = jobs;
    cache(options);
  }
  const auto expected = folder_contents(folder_ / "out1");
  EXPECT_EQ(folder_contents(folder_ / "out2"), expected);
  EXPECT_EQ(folder_contents(folder_ / "out8"), expected);
}

TEST_F(Cache, MakesTheSameBytesFromFolderInnerFolderAndArchive) {
  damage(SmallSource::rod_rgb(2));
  write_source();
  source_.write_tar(folder_ / "source.tar");
  const auto made_from = [&](const fs::path& source, const std::string& name) {
    CacheOptions options = options_for(name);
    options.source = source;
    options.skip_bad = true;
    cache(options);
    return folder_contents(folder_ / name);
  };
  const auto expected = made_from(folder_ / "source", "from-folder");
  EXPECT_EQ(expected.count(kRejectsName), 1u);
  EXPECT_EQ(made_from(folder_ / "source/ROD-synROD", "from-inner-folder"), expected);
  EXPECT_EQ(made_from(folder_ / "source.tar", "from-archive"), expected);
}

TEST_F(Cache, StoresRawPixelsToo) {
  write_source();
  CacheOptions options = options_for("raw");
  options.codec = Codec::kRaw;
  cache(options);
  cache(options_for("zstd"));
  const Manifest raw = read_manifest(folder_ / "raw"), zstd = read_manifest(folder_ / "zstd");
  EXPECT_EQ(raw.codec, Codec::kRaw);
  EXPECT_NE(raw.fingerprint, zstd.fingerprint);
  const SplitReader a(folder_ / "raw", raw, "synROD-train"), b(folder_ / "zstd", zstd, "synROD-train");
  ReadScratch scratch;
  std::vector<std::byte> rgb_a(768), depth_a(768), rgb_b(768), depth_b(768);
  a.read(8, rgb_a, depth_a, scratch);
  b.read(8, rgb_b, depth_b, scratch);
  EXPECT_EQ(rgb_a, rgb_b);
  EXPECT_EQ(depth_a, depth_b);
}

TEST_F(Cache, RefusesABadImageByName) {
  damage(SmallSource::rod_depth(5));
  damage(SmallSource::rod_rgb(9));
  write_source();
  const Error error = error_of(options_for("out"));
  EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
  EXPECT_TRUE(says(error, SmallSource::rod_depth(5))) << error.what();
  EXPECT_TRUE(says(error, "banana/banana_1/banana_1_5_***.png")) << error.what();
  EXPECT_TRUE(says(error, "line 6 of ROD-synROD/ROD/wrgbd_40k-split_sync.txt")) << error.what();
  EXPECT_FALSE(fs::exists(folder_ / "out/dataset.json"));
}

TEST_F(Cache, SkipsBadPairsIntoRejects) {
  damage(SmallSource::rod_depth(5));
  write_source();
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  const CacheReport report = cache(options);
  EXPECT_EQ(report.rejects, 1u);
  EXPECT_EQ(report.pairs, 24u);
  const auto reject = nlohmann::json::parse(read_file(folder_ / "out" / kRejectsName));
  EXPECT_EQ(reject.at("key"), "banana/banana_1/banana_1_5_***.png");
  EXPECT_EQ(reject.at("split"), "ROD");
  EXPECT_EQ(reject.at("line"), 5);
  EXPECT_EQ(reject.at("file"), "surfnorm-washington/banana/banana_1/banana_1_5_depthcrop.png");
  EXPECT_FALSE(reject.at("reason").get<std::string>().empty());
  const Manifest manifest = read_manifest(folder_ / "out");
  const SplitInfo& info = manifest.split("ROD");
  EXPECT_EQ(info.refused_lines, std::vector<std::uint64_t>{5});
  EXPECT_EQ(info.class_counts, (std::vector<std::uint64_t>{4, 4, 2}));
  EXPECT_EQ(SplitReader(folder_ / "out", manifest, "ROD").line(5), 6u);
}

TEST_F(Cache, CutsShardsByTheListWhateverIsRefused) {
  write_source();
  cache(options_for("whole"));
  damage(SmallSource::rod_rgb(1));
  write_source();
  CacheOptions options = options_for("skipped");
  options.skip_bad = true;
  cache(options);
  const SplitInfo whole = read_manifest(folder_ / "whole").split("ROD");
  const SplitInfo skipped = read_manifest(folder_ / "skipped").split("ROD");
  EXPECT_EQ(skipped.shards[0].samples, 3u);
  EXPECT_EQ(skipped.shards[1].samples, whole.shards[1].samples);
  EXPECT_EQ(skipped.shards[2].samples, whole.shards[2].samples);
}

TEST_F(Cache, LeavesOutAShardOfWhichEveryPairIsRefused) {
  for (unsigned n = 4; n < 8; ++n) damage(SmallSource::rod_rgb(n));
  write_source();
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  cache(options);
  const Manifest manifest = read_manifest(folder_ / "out");
  EXPECT_EQ(manifest.split("ROD").shards.size(), 2u);
  EXPECT_EQ(SplitReader(folder_ / "out", manifest, "ROD").line(4), 8u);
}

TEST_F(Cache, RefusesASplitOfWhichNothingIsLeft) {
  for (unsigned n = 0; n < 11; ++n) damage(SmallSource::rod_rgb(n));
  write_source();
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  EXPECT_TRUE(says(error_of(options), "every one of its 11 pairs was refused"));
}

TEST_F(Cache, GivesUpAboveMaxRejects) {
  for (unsigned n = 0; n < 3; ++n) damage(SmallSource::rod_rgb(n));
  write_source();
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  options.max_rejects = 2;
  const Error error = error_of(options);
  EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
  EXPECT_TRUE(says(error, "--max-rejects")) << error.what();
  options.max_rejects = 3;
  EXPECT_EQ(cache(options).rejects, 3u);
}

TEST_F(Cache, MakesAbsentImagesRejectsOnRequestOnly) {
  source_.files().erase(SmallSource::train_depth(4));
  write_source();
  EXPECT_TRUE(says(error_of(options_for("out")), SmallSource::train_depth(4)));
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  EXPECT_EQ(cache(options).rejects, 1u);
  EXPECT_NE(read_file(folder_ / "out" / kRejectsName).find("is absent"), std::string::npos);
}

TEST_F(Cache, RefusesDepthOfAnotherKindThanTheFirst) {
  const SmallSource millimetres({11, 9, 5, 20, 24, true});
  source_.files()[SmallSource::rod_depth(7)] = millimetres.file(SmallSource::rod_depth(7));
  write_source();
  const Error error = error_of(options_for("out"));
  EXPECT_TRUE(says(error, SmallSource::rod_depth(7))) << error.what();
  EXPECT_TRUE(says(error, "--depth rgb")) << error.what();
}

TEST_F(Cache, TakesMillimetresFromTheNearestPixel) {
  source_ = SmallSource({11, 9, 5, 20, 24, true});
  write_source();
  cache(options_for("out"));
  const Manifest manifest = read_manifest(folder_ / "out");
  EXPECT_EQ(manifest.pixels.depth, DepthKind::kRaw16);
  EXPECT_EQ(manifest.split("ROD").depth_mean.size(), 1u);
  const SplitReader split(folder_ / "out", manifest, "ROD");
  Image rgb(16, 16, 3, 1), depth(16, 16, 1, 2);
  ReadScratch scratch;
  split.read(3, rgb.bytes, depth.bytes, scratch);
  EXPECT_EQ(depth, resize_nearest(pixels_of(decode_depth(source_.file(SmallSource::rod_depth(3)))), 16, 16));
}

TEST_F(Cache, TellsMeanAndDeviationOfStoredPixels) {
  write_source();
  cache(options_for("out"));
  const Manifest manifest = read_manifest(folder_ / "out");
  const SplitReader split(folder_ / "out", manifest, "synROD-test");
  Image rgb(16, 16, 3, 1), depth(16, 16, 3, 1);
  ReadScratch scratch;
  double sum = 0, squares = 0;
  for (std::uint64_t n = 0; n < split.size(); ++n) {
    split.read(n, rgb.bytes, depth.bytes, scratch);
    for (std::size_t at = 1; at < depth.bytes.size(); at += 3) {
      const double value = depth.u8()[at] / 255.0;
      sum += value;
      squares += value * value;
    }
  }
  const double count = double(split.size() * 256);
  const SplitInfo& info = manifest.split("synROD-test");
  EXPECT_NEAR(info.depth_mean.at(1), sum / count, 1e-12);
  EXPECT_NEAR(info.depth_std.at(1), std::sqrt(squares / count - sum / count * (sum / count)), 1e-9);
}

TEST_F(Cache, CountsCommentsOfAListAsLines) {
  const std::string list = "ROD-synROD/ROD/wrgbd_40k-split_sync.txt";
  auto& bytes = source_.files().at(list);
  const std::string comment = "# by hand\n\n";
  const auto* begin = reinterpret_cast<const std::byte*>(comment.data());
  bytes.insert(bytes.begin(), begin, begin + comment.size());
  write_source();
  EXPECT_EQ(cache(options_for("out")).rejects, 0u);
  const Manifest manifest = read_manifest(folder_ / "out");
  EXPECT_EQ(SplitReader(folder_ / "out", manifest, "ROD").line(0), 2u);
}

TEST_F(Cache, GoesOnWhereAnInterruptedRunStopped) {
  interrupt("out");
  EXPECT_TRUE(fs::exists(folder_ / "out/ROD/00000.safetensors"));
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  EXPECT_EQ(cache(options).shards_kept, 2u);
  options.destination = folder_ / "undisturbed";
  EXPECT_EQ(cache(options).shards_kept, 0u);
  EXPECT_EQ(folder_contents(folder_ / "out"), folder_contents(folder_ / "undisturbed"));
}

TEST_F(Cache, MakesADamagedFinishedShardAgain) {
  interrupt("out");
  fs::resize_file(folder_ / "out/ROD/00001.safetensors", fs::file_size(folder_ / "out/ROD/00001.safetensors") - 1);
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  EXPECT_EQ(cache(options).shards_kept, 1u);
  options.destination = folder_ / "undisturbed";
  cache(options);
  EXPECT_EQ(folder_contents(folder_ / "out"), folder_contents(folder_ / "undisturbed"));
}

TEST_F(Cache, DoesNotAcceptARefusalOfAnEarlierRunWithoutSkip) {
  damage(SmallSource::rod_rgb(0));
  damage(SmallSource::rod_rgb(8));
  write_source();
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  options.max_rejects = 1;
  EXPECT_TRUE(says(error_of(options), "--max-rejects"));
  EXPECT_TRUE(fs::exists(folder_ / "out/ROD/00000.safetensors"));
  EXPECT_TRUE(says(error_of(options_for("out")), SmallSource::rod_rgb(0)));
}

TEST_F(Cache, RemovesWhatDeadRunsLeftHalfWritten) {
  interrupt("out");
  write_file(folder_ / "out/ROD/half", "half");
  fs::rename(folder_ / "out/ROD/half", folder_ / "out/ROD/.00002.safetensors.4711.tmp");
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  cache(options);
  EXPECT_FALSE(fs::exists(folder_ / "out/ROD/.00002.safetensors.4711.tmp"));
}

TEST_F(Cache, RefusesToGoOnWithOtherOptions) {
  interrupt("out");
  CacheOptions options = options_for("out");
  options.size = 12;
  options.codec = Codec::kRaw;
  const Error error = error_of(options);
  EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
  EXPECT_TRUE(says(error, "size was 16, is now 12")) << error.what();
  EXPECT_TRUE(says(error, "codec was \"zstd\", is now \"raw\"")) << error.what();
  EXPECT_TRUE(says(error, "Use another folder, or delete this one")) << error.what();
}

TEST_F(Cache, RefusesToGoOnWithAnotherSource) {
  interrupt("out");
  source_ = SmallSource({11, 9, 6});
  fs::remove_all(folder_ / "source");
  write_source();
  EXPECT_TRUE(says(error_of(options_for("out")), "split synROD-test lists other pairs"));
}

TEST_F(Cache, ReturnsAtOnceWhenComplete) {
  write_source();
  const CacheReport first = cache(options_for("out"));
  const auto before = folder_contents(folder_ / "out");
  const CacheReport second = cache(options_for("out"));
  EXPECT_FALSE(first.already_complete);
  EXPECT_TRUE(second.already_complete);
  EXPECT_EQ(second.pairs, 25u);
  EXPECT_EQ(folder_contents(folder_ / "out"), before);
}

TEST_F(Cache, RefusesOtherOptionsForACompleteDataSet) {
  write_source();
  cache(options_for("out"));
  const auto before = folder_contents(folder_ / "out");
  CacheOptions options = options_for("out");
  options.shard_bytes *= 2;
  EXPECT_TRUE(says(error_of(options), "pairs per shard was 4, is now 8"));
  EXPECT_EQ(folder_contents(folder_ / "out"), before);
}

TEST_F(Cache, AcceptsRefusedPairsOfACompleteDataSetOnRequestOnly) {
  damage(SmallSource::rod_rgb(0));
  write_source();
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  cache(options);
  EXPECT_EQ(cache(options).rejects, 1u);
  EXPECT_TRUE(says(error_of(options_for("out")), "--on-error skip"));
}

TEST_F(Cache, MakesADamagedManifestAgain) {
  write_source();
  cache(options_for("out"));
  const auto before = folder_contents(folder_ / "out");
  fs::resize_file(folder_ / "out/dataset.json", 100);
  EXPECT_EQ(cache(options_for("out")).shards_kept, 8u);
  EXPECT_EQ(folder_contents(folder_ / "out"), before);
  fs::resize_file(folder_ / "out/dataset.json", 100);
  CacheOptions options = options_for("out");
  options.size = 12;
  EXPECT_EQ(error_of(options).kind(), ErrorKind::kBadInput);
  EXPECT_TRUE(fs::exists(folder_ / "out/ROD/00000.safetensors"));
}

TEST_F(Cache, RefusesASecondWriter) {
  write_source();
  make_folders(folder_ / "out");
  const FileLock lock(folder_ / "out", "out");
  const Error error = error_of(options_for("out"));
  EXPECT_EQ(error.kind(), ErrorKind::kFailed);
  EXPECT_TRUE(says(error, "in use by another process")) << error.what();
}

TEST_F(Cache, RefusesAFolderWithOtherThingsInIt) {
  write_source();
  write_file(folder_ / "out/holiday.jpg", "x");
  EXPECT_TRUE(says(error_of(options_for("out")), "holds 'holiday.jpg'"));
}

TEST_F(Cache, RefusesASourceThatIsNotThere) {
  const Error error = error_of(options_for("out"));
  EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(Cache, RefusesSizesThatCannotBe) {
  CacheOptions options = options_for("out");
  options.size = 0;
  EXPECT_EQ(error_of(options).kind(), ErrorKind::kUsage);
  options = options_for("out");
  options.shard_bytes = 1ull << 40;
  EXPECT_EQ(error_of(options).kind(), ErrorKind::kUsage);
}

}  // namespace
}  // namespace rod
