// `verify --repair`: bad shards are made again, the others stay, and a wrong source changes
// nothing.
#include "prepare/cache/repair.h"

#include <gtest/gtest.h>

#include "image/png.h"
#include "io/file.h"
#include "prepare/verify.h"
#include "tests/prepare/cache_fixture.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;

class Repair : public CacheFixture {
 protected:
  RepairOptions repair_options() const {
    RepairOptions options;
    options.dataset = folder_ / "out";
    options.source = folder_ / "source";
    options.jobs = 2;
    options.quiet = true;
    return options;
  }

  void flip_byte(const std::string& file, double where) {
    std::string text = io::read_file(folder_ / "out" / file);
    text[static_cast<std::size_t>(where * static_cast<double>(text.size() - 1))] ^= 1;
    io::write_file(folder_ / "out" / file, text);
  }

  std::vector<std::string> bad() { return verify(folder_ / "out", 2, true).bad_shards; }

  Error repair_error(const RepairOptions& options) {
    try {
      repair(options, bad());
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return Error(ErrorKind::kFailed, "");
  }
};

TEST_F(Repair, GivesTheSameDataSetAgain) {
  write_source();
  cache(options_for("out"));
  const auto whole = folder_contents(folder_ / "out");
  const fs::path kept = folder_ / "out/ROD/00001.safetensors";
  const auto kept_since = fs::last_write_time(kept);
  flip_byte("ROD/00000.safetensors", 0.9);   // pixels
  flip_byte("ROD/00002.safetensors", 0.01);  // header
  fs::remove(folder_ / "out/synROD-test/00000.safetensors");
  EXPECT_EQ(bad(), (std::vector<std::string>{"ROD/00000.safetensors", "ROD/00002.safetensors",
                                             "synROD-test/00000.safetensors"}));
  repair(repair_options(), bad());
  EXPECT_EQ(folder_contents(folder_ / "out"), whole);
  EXPECT_EQ(fs::last_write_time(kept), kept_since) << "an intact shard was written again";
}

TEST_F(Repair, KnowsTheOptionsOfOld) {
  source_ = SmallSource({11, 9, 5, 20, 24, true});
  damage(SmallSource::rod_rgb(1));
  write_source();
  CacheOptions options = options_for("out");
  options.depth = DepthChoice::kNormals;
  options.normals = image::parse_normals_recipe("z-yx", "absolute", "500,500,300,200");
  options.skip_bad = true;
  options.size = 0;
  options.shard_bytes = 20'000;
  cache(options);
  const auto whole = folder_contents(folder_ / "out");
  flip_byte("ROD/00000.safetensors", 0.99);
  repair(repair_options(), bad());
  EXPECT_EQ(folder_contents(folder_ / "out"), whole);
}

TEST_F(Repair, RefusesAnotherSourceBeforeItChangesAnything) {
  write_source();
  cache(options_for("out"));
  flip_byte("ROD/00000.safetensors", 0.9);
  const auto damaged = folder_contents(folder_ / "out");
  source_.files()[SmallSource::rod_rgb(7)].resize(100);
  write_source();
  const Error error = repair_error(repair_options());
  EXPECT_TRUE(says(error, "split ROD lists other pairs or files of other sizes")) << error.what();
  EXPECT_TRUE(says(error, "nothing was changed"));
  EXPECT_EQ(folder_contents(folder_ / "out"), damaged);
}

TEST_F(Repair, TellsWhenTheSourcesPixelsHaveChanged) {
  write_source();
  cache(options_for("out"));
  flip_byte("ROD/00000.safetensors", 0.9);
  // Another image of the same file size.
  for (std::uint64_t seed = 1000;; ++seed) {
    const auto other = image::encode_png(noise(20, 24, 3, 1, seed));
    if (other.size() != source_.file(SmallSource::rod_rgb(1)).size()) continue;
    source_.files()[SmallSource::rod_rgb(1)] = other;
    break;
  }
  write_source();
  EXPECT_TRUE(says(repair_error(repair_options()), "but not the original one"));
  EXPECT_TRUE(bad().empty());
}

TEST_F(Repair, NeedsOneReadableHeader) {
  write_source();
  CacheOptions options = options_for("out");
  options.shard_bytes = 1 << 20;  // one shard per split
  cache(options);
  for (const char* split : {"ROD", "synROD-test", "synROD-train"}) {
    flip_byte(std::string(split) + "/00000.safetensors", 0.001);
  }
  EXPECT_TRUE(says(repair_error(repair_options()), "no shard's header can be read"));
}

}  // namespace
}  // namespace rod::prepare
