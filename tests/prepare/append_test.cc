// `cache --append`: new pairs become new shards, and the old data set stays whole until the new
// one is.
#include "prepare/cache/append.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "io/file.h"
#include "prepare/cache/repair.h"
#include "prepare/verify.h"
#include "shard/parents.h"
#include "shard/split_reader.h"
#include "tests/prepare/cache_fixture.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;

class Append : public CacheFixture {
 protected:
  // A data set "out", and another source, "more", with other keys.
  void SetUp() override {
    write_source();
    cache(options_for("out"));
    before_ = folder_contents(folder_ / "out");
    parent_ = shard::read_manifest(folder_ / "out");
    write_more("more", "_extra");
  }

  // The same files under other names.
  void write_more(const std::string& name, const std::string& mark, bool millimetres = false) {
    SmallSource more({7, 4, 2, 20, 24, millimetres});
    std::map<std::string, std::vector<std::byte>> renamed;
    for (auto [path, bytes] : more.files()) {
      renamed[rename(path, mark)] = path.ends_with(".txt") ? rename_lines(bytes, mark) : bytes;
    }
    more.files() = renamed;
    more.write_folder(folder_ / name);
  }

  CacheOptions append_options(const std::string& source = "more") const {
    CacheOptions options;
    options.source = folder_ / source;
    options.destination = folder_ / "out";
    options.append = true;
    options.jobs = 2;
    options.quiet = true;
    return options;
  }

  void expect_old_files_unchanged() const {
    const auto now = folder_contents(folder_ / "out");
    for (const auto& [name, bytes] : before_) {
      if (name != shard::kManifestName) EXPECT_EQ(now.at(name), bytes) << name;
    }
  }

  // "apple_1/apple_1_0_" becomes "apple_1MARK/apple_1_0_", "apple_0.png" becomes "appleMARK_0.png".
  static std::string rename(const std::string& path, const std::string& mark) {
    if (path.ends_with(".txt")) return path;
    const auto instance = path.find("_1/");
    const std::size_t at =
        instance != path.npos ? instance + 2 : path.find('_', path.rfind('/') + 1);
    return path.substr(0, at) + mark + path.substr(at);
  }

  static std::vector<std::byte> rename_lines(const std::vector<std::byte>& list,
                                             const std::string& mark) {
    const std::string text(reinterpret_cast<const char*>(list.data()), list.size());
    std::string renamed;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
      renamed += rename(text.substr(begin, end - begin), mark);
      begin = end;
    }
    const auto* const bytes = reinterpret_cast<const std::byte*>(renamed.data());
    return {bytes, bytes + renamed.size()};
  }

  std::map<std::string, std::string> before_;
  shard::Manifest parent_;
};

TEST_F(Append, AddsShardsBehindThoseThatStayAsTheyAre) {
  const CacheReport report = cache(append_options());
  expect_old_files_unchanged();
  const shard::Manifest child = shard::read_manifest(folder_ / "out");
  EXPECT_EQ(report.appended, 13u);
  EXPECT_EQ(child.parents, std::vector<std::string>{parent_.fingerprint});
  EXPECT_NE(child.fingerprint, parent_.fingerprint);
  EXPECT_EQ(child.split("ROD").samples, 18u);
  EXPECT_EQ(child.split("ROD").shards.size(), 5u);  // 3, and 7 pairs in shards of 4
  EXPECT_EQ(child.split("ROD").shards[3].file, "ROD/00003.safetensors");
  const shard::SplitReader split(folder_ / "out", child, "ROD");
  EXPECT_EQ(split.key(11), "apple/apple_1_extra/apple_1_0_***.png");
  EXPECT_EQ(split.line(11), 11u);
  EXPECT_EQ(split.label(12), 1);
  const VerifyReport checked = verify(folder_ / "out", 2, true);
  EXPECT_TRUE(checked.bad.empty()) << checked.bad.front();
  EXPECT_EQ(checked.samples, 38u);
}

TEST_F(Append, MeasuresAllPixelsAsOneRunWould) {
  cache(append_options());
  CacheOptions alone = options_for("alone");
  alone.source = folder_ / "more";
  cache(alone);
  const shard::Manifest child = shard::read_manifest(folder_ / "out"),
                        added = shard::read_manifest(folder_ / "alone");
  for (std::size_t channel = 0; channel < 3; ++channel) {
    const double expected =
        (11 * parent_.split("ROD").rgb_mean[channel] + 7 * added.split("ROD").rgb_mean[channel]) /
        18;
    EXPECT_NEAR(child.split("ROD").rgb_mean[channel], expected, 1e-12);
  }
}

TEST_F(Append, DoesNothingTheSecondTime) {
  cache(append_options());
  const auto once = folder_contents(folder_ / "out");
  EXPECT_TRUE(cache(append_options()).already_complete);
  EXPECT_EQ(folder_contents(folder_ / "out"), once);
}

TEST_F(Append, GrowsAgainAndAgain) {
  cache(append_options());
  const std::string second = shard::read_manifest(folder_ / "out").fingerprint;
  write_more("third", "_third");
  cache(append_options("third"));
  const shard::Manifest child = shard::read_manifest(folder_ / "out");
  EXPECT_EQ(child.parents, (std::vector<std::string>{parent_.fingerprint, second}));
  EXPECT_TRUE(verify(folder_ / "out", 2, true).bad.empty());
  EXPECT_TRUE(shard::grew_from(child, parent_.fingerprint));
}

TEST_F(Append, TheParentCanBeUsedAgain) {
  cache(append_options());
  const fs::path kept = folder_ / "out" / shard::parent_file_name(parent_.fingerprint);
  EXPECT_EQ(io::read_file(kept), before_.at(shard::kManifestName));
  fs::copy_file(kept, folder_ / "out/dataset.json", fs::copy_options::overwrite_existing);
  EXPECT_TRUE(verify(folder_ / "out", 2, true).bad.empty());
}

TEST_F(Append, UntilItIsCompleteTheOldDataSetIsThere) {
  write_more("broken", "_extra");
  const fs::path bad = folder_ / "broken" / rename(SmallSource::rod_depth(6), "_extra");
  ASSERT_TRUE(fs::exists(bad)) << bad;
  const auto size = fs::file_size(bad);
  const std::string whole = io::read_file(bad);
  io::write_file(bad, whole.substr(0, size / 2) + std::string(size - size / 2, '\0'));
  EXPECT_THROW(cache(append_options("broken")), BadInput);
  expect_old_files_unchanged();
  EXPECT_EQ(shard::read_manifest(folder_ / "out").fingerprint, parent_.fingerprint);
  EXPECT_TRUE(verify(folder_ / "out", 2, true).bad.empty());
  io::write_file(bad, whole);
  EXPECT_GT(cache(append_options("broken")).shards_kept, 0u);
  const auto resumed = folder_contents(folder_ / "out");
  fs::remove_all(folder_ / "out");
  cache(options_for("out"));
  cache(append_options());
  EXPECT_EQ(folder_contents(folder_ / "out"), resumed);
}

TEST_F(Append, RefusesAKeyThatIsThere) {
  write_more("same", "");
  const Error error = error_of(append_options("same"));
  EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
  EXPECT_TRUE(says(error, "is already in")) << error.what();
  EXPECT_EQ(folder_contents(folder_ / "out"), before_);
}

TEST_F(Append, RefusesAnotherFormat) {
  CacheOptions options = append_options();
  options.size = 24;
  options.given.size = true;
  options.codec = shard::Codec::kRaw;
  options.given.codec = true;
  const Error error = error_of(options);
  EXPECT_TRUE(says(error, "size was 16, is now 24")) << error.what();
  EXPECT_TRUE(says(error, "codec was \"zstd\", is now \"raw\"")) << error.what();
  EXPECT_EQ(folder_contents(folder_ / "out"), before_);
}

TEST_F(Append, RefusesAnotherKindOfDepth) {
  write_more("millimetres", "_mm", true);
  const Error error = error_of(append_options("millimetres"));
  EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
  EXPECT_TRUE(says(error, "16-bit depth")) << error.what();
}

TEST_F(Append, RefusesAnotherLayoutAndNewClasses) {
  for (const char* name : {"train/apple", "train/pear"}) {
    for (const char* kind : {"rgb", "depth"}) {
      const fs::path path = folder_ / "folders" / name / (std::string("a_") + kind + ".png");
      fs::create_directories(path.parent_path());
      io::write_file(path,
                     io::read_file(folder_ / "more" / rename(SmallSource::rod_rgb(0), "_extra")));
    }
  }
  const Error error = error_of(append_options("folders"));
  EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
  EXPECT_TRUE(says(error, "has classes that the data set lacks: 'pear'")) << error.what();
  fs::rename(folder_ / "folders/train/pear", folder_ / "folders/train/ball");
  const Error other = error_of(append_options("folders"));
  EXPECT_TRUE(says(other, "layout was")) << other.what();
}

TEST_F(Append, RefusesADamagedParent) {
  const fs::path shard = folder_ / "out/ROD/00001.safetensors";
  fs::resize_file(shard, fs::file_size(shard) - 1);
  EXPECT_TRUE(says(error_of(append_options()), "run rodprep verify"));
  fs::remove(shard);
  EXPECT_TRUE(says(error_of(append_options()), "run rodprep verify"));
  fs::remove(folder_ / "out/dataset.json");
  EXPECT_TRUE(says(error_of(append_options()), "holds no complete data set to append to"));
}

TEST_F(Append, RefusesPartsAndInventories) {
  CacheOptions options = append_options();
  options.part = {1, 2};
  EXPECT_EQ(error_of(options).kind(), ErrorKind::kUsage);
  options = append_options();
  options.inventory = true;
  EXPECT_EQ(error_of(options).kind(), ErrorKind::kUsage);
}

TEST_F(Append, VerifyChecksWhatItGrewFrom) {
  cache(append_options());
  const fs::path kept = folder_ / "out" / shard::parent_file_name(parent_.fingerprint);
  std::string text = io::read_file(kept);
  io::write_file(kept, text.replace(text.find("\"samples\": 11"), 13, "\"samples\": 12"));
  EXPECT_EQ(verify(folder_ / "out", 2, true).bad.size(), 1u);
  EXPECT_TRUE(says(error_of(append_options()), kept.string()));
  fs::remove(kept);
  EXPECT_EQ(verify(folder_ / "out", 2, true).bad.size(), 1u);
}

TEST_F(Append, AnotherDataSetIsNoParent) {
  cache(append_options());
  shard::Manifest child = shard::read_manifest(folder_ / "out");
  shard::Manifest other = parent_;
  other.splits[0].shards[0].hash.low ^= 1;
  other.fingerprint = shard::manifest_fingerprint(other);
  EXPECT_THROW(shard::check_parent(child, other), BadInput);
  child.parents = {other.fingerprint};
  EXPECT_THROW(shard::check_parent(child, other), BadInput);
  child.parents = {parent_.fingerprint};
  EXPECT_NO_THROW(shard::check_parent(child, parent_));
}

TEST_F(Append, RepairSaysHowSeveralSourcesAreRepaired) {
  cache(append_options());
  RepairOptions options;
  options.dataset = folder_ / "out";
  options.source = folder_ / "source";
  options.quiet = true;
  const auto whole = folder_contents(folder_ / "out");
  EXPECT_THROW(repair(options, {"ROD/00000.safetensors"}), BadInput);
  EXPECT_EQ(folder_contents(folder_ / "out"), whole);
}

}  // namespace
}  // namespace rod::prepare
