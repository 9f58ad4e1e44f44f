#include "prepare/preview.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "base/error.h"
#include "image/decode.h"
#include "io/file.h"
#include "prepare/cache/cache.h"
#include "prepare/fonts.h"
#include "prepare/info.h"
#include "tests/prepare/small_source.h"
#include "tests/temporary_folder.h"

namespace rod::prepare {
namespace {

class Preview : public ::testing::Test {
 protected:
  void SetUp() override { cache(small_cache(folder_.path())); }

  PreviewOptions options(const std::string& picture) const {
    PreviewOptions options;
    options.dataset = folder_ / "out";
    options.picture = folder_ / picture;
    return options;
  }

  TemporaryFolder folder_;
};

TEST_F(Preview, WritesAPictureOfSomePairsOfEachClass) {
  const PreviewReport report = preview(options("sheet.png"));
  EXPECT_EQ(report.split, "ROD");
  EXPECT_EQ(report.classes, 3u);
  EXPECT_EQ(report.pairs, 11u) << "four each, but there are three bananas";
  const std::string png = io::read_file(folder_ / "sheet.png");
  const image::Decoded decoded = image::decode_rgb(std::as_bytes(std::span(png)));
  ASSERT_TRUE(std::holds_alternative<image::Image>(decoded));
  EXPECT_EQ(std::get<image::Image>(decoded).width, report.width);
}

TEST_F(Preview, DrawsTheSameTwice) {
  preview(options("a.png"));
  preview(options("b.png"));
  EXPECT_EQ(io::read_file(folder_ / "a.png"), io::read_file(folder_ / "b.png"));
}

// A data set of two classes, of which one has this name.
void cache_with_name(const std::filesystem::path& folder, const std::string& name) {
  const SmallSource images;
  const auto source = folder / "source";
  std::filesystem::create_directory(source);
  for (unsigned n = 0; n < 2; ++n) {
    const std::vector<std::byte>& png = images.file(SmallSource::rod_rgb(n));
    std::ofstream(source / fmt::format("{}.png", n))
        .write(reinterpret_cast<const char*>(png.data()), std::streamsize(png.size()));
  }
  std::ofstream(source / "list.csv") << "rgb,label\n0.png,apple\n1.png," << name << "\n";
  std::filesystem::remove_all(folder / "out");
  CacheOptions listed = small_cache(folder);
  listed.source = source;
  cache(listed);
}

TEST_F(Preview, NumbersAClassWhoseNameNoFontDrawsAndSaysSo) {
  cache_with_name(folder_.path(), "香蕉");
  std::filesystem::create_directory(folder_ / "fonts");
  std::ofstream(folder_ / "fonts" / "damaged.ttf") << std::string(100, 'x');
  PreviewOptions with = options("sheet.png");
  with.font_folders = {folder_ / "fonts", folder_ / "absent"};
  const PreviewReport report = preview(with);
  ASSERT_EQ(report.stand_ins.size(), 1u);
  EXPECT_EQ(report.stand_ins[0].first, "class 1");
  EXPECT_EQ(report.stand_ins[0].second, "香蕉");
}

TEST_F(Preview, DrawsNamesBeyondAsciiByAnInstalledFont) {
  PreviewOptions with = options("sheet.png");
  with.font_folders = installed_font_folders();
  if (Fonts(with.font_folders).that_draws("étoile") == nullptr)
    GTEST_SKIP() << "no installed font draws é";
  std::set<std::string> pictures;
  for (const char* name : {"étoile", "ètoile", "яблоко"}) {
    cache_with_name(folder_.path(), name);
    EXPECT_TRUE(preview(with).stand_ins.empty()) << name;
    pictures.insert(io::read_file(with.picture));
    std::filesystem::remove_all(folder_ / "source");
  }
  EXPECT_EQ(pictures.size(), 3u) << "each name is drawn";
}

TEST_F(Preview, DrawsAsFewClassesAndPairsAsAsked) {
  PreviewOptions few = options("sheet.png");
  few.split = "synROD-train";
  few.per_class = 2;
  few.max_classes = 1;
  EXPECT_EQ(preview(few).pairs, 2u);
}

TEST_F(Preview, NamesTheSplitsWhenThereIsNoneOfThatName) {
  PreviewOptions wrong = options("sheet.png");
  wrong.split = "synRODtrain";
  try {
    preview(wrong);
    FAIL() << "drawn";
  } catch (const BadInput& error) {
    EXPECT_NE(std::string(error.what()).find("synROD-train"), std::string::npos) << error.what();
  }
}

TEST_F(Preview, InfoTellsSplitsAndClassCounts) {
  const std::string text = describe(shard::read_manifest(folder_ / "out"));
  EXPECT_NE(text.find("rod-synrod-2022, 16 x 16 pixels, codec zstd, depth rgb"), std::string::npos)
      << text;
  EXPECT_NE(text.find("synROD-train"), std::string::npos);
  EXPECT_NE(text.find("banana      2    3"), std::string::npos) << text;
}

}  // namespace
}  // namespace rod::prepare
