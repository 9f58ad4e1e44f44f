// `rodprep export`: what goes out is what is in, and comes in again. tests/prepare/export_test.py
// reads it as others do.
#include "prepare/export/export.h"

#include <gtest/gtest.h>

#include "image/decode.h"
#include "io/file.h"
#include "shard/split_reader.h"
#include "tests/prepare/cache_fixture.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;

class Export : public CacheFixture {
 protected:
  void SetUp() override {
    write_source();
    cache(options_for("data"));
  }

  ExportOptions export_options(ExportFormat format, const std::string& to) const {
    ExportOptions options;
    options.dataset = folder_ / "data";
    options.destination = folder_ / to;
    options.format = format;
    options.jobs = 2;
    options.quiet = true;
    return options;
  }
  static std::string message_of(const ExportOptions& options) {
    try {
      export_dataset(options);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(Export, WritesPngsThatCacheReadsAgain) {
  const ExportReport report = export_dataset(export_options(ExportFormat::kPng, "pngs"));
  EXPECT_EQ(report.samples, 25u);
  EXPECT_EQ(report.files, 52u) << "25 pairs, list.tsv, classes.json";
  EXPECT_TRUE(fs::exists(folder_ / "pngs/ROD/banana/00000002_depth.png"));
  CacheOptions again = options_for("again");
  again.source = folder_ / "pngs";
  const CacheReport cached = cache(again);
  EXPECT_EQ(cached.manifest.layout, "list");
  EXPECT_EQ(cached.manifest.classes, shard::read_manifest(folder_ / "data").classes);
  for (const char* name : {"ROD", "synROD-test", "synROD-train"}) {
    const shard::Manifest before = shard::read_manifest(folder_ / "data");
    const shard::SplitReader a(folder_ / "data", before, name),
        b(folder_ / "again", cached.manifest, name);
    ASSERT_EQ(a.size(), b.size());
    shard::ReadScratch scratch;
    std::vector<std::byte> rgb_a(768), depth_a(768), rgb_b(768), depth_b(768);
    for (std::uint64_t n = 0; n < a.size(); ++n) {
      a.read(n, rgb_a, depth_a, scratch);
      b.read(n, rgb_b, depth_b, scratch);
      EXPECT_EQ(rgb_a, rgb_b) << name << n;
      EXPECT_EQ(depth_a, depth_b) << name << n;
      EXPECT_EQ(a.label(n), b.label(n));
    }
  }
}

TEST_F(Export, WritesTheSameBytesForAnyNumberOfJobs) {
  for (const ExportFormat format :
       {ExportFormat::kPng, ExportFormat::kWebdataset, ExportFormat::kNpy}) {
    ExportOptions options = export_options(format, "one");
    options.jobs = 1;
    options.tar_bytes = 20'000;
    export_dataset(options);
    options.destination = folder_ / "eight";
    options.jobs = 8;
    export_dataset(options);
    EXPECT_EQ(folder_contents(folder_ / "one"), folder_contents(folder_ / "eight"));
    fs::remove_all(folder_ / "one");
    fs::remove_all(folder_ / "eight");
  }
}

TEST_F(Export, TakesTheSplitsThatAreNamed) {
  ExportOptions options = export_options(ExportFormat::kWebdataset, "tars");
  options.splits = {"ROD"};
  options.tar_bytes = 1;
  EXPECT_EQ(export_dataset(options).files, 12u) << "a tar per sample, classes.json";
  EXPECT_TRUE(fs::exists(folder_ / "tars/ROD-000010.tar"));
  options.splits = {"other"};
  options.destination = folder_ / "none";
  EXPECT_NE(message_of(options).find("there is no split 'other'"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder_ / "none"));
}

TEST_F(Export, LeavesADestinationWithFilesAlone) {
  io::make_folders(folder_ / "full");
  io::write_file(folder_ / "full/note", "mine");
  EXPECT_NE(message_of(export_options(ExportFormat::kPng, "full")).find("not empty"),
            std::string::npos);
  EXPECT_EQ(folder_contents(folder_ / "full").size(), 1u);
}

TEST_F(Export, LeavesNothingWhenASampleIsDamaged) {
  const fs::path shard = folder_ / "data/ROD/00001.safetensors";
  std::string text = io::read_file(shard);
  text[text.size() / 2] ^= 1;
  io::write_file(shard, text);
  const std::string message = message_of(export_options(ExportFormat::kPng, "pngs"));
  EXPECT_NE(message.find("ROD/00001.safetensors: sample"), std::string::npos) << message;
  for (const auto& entry : fs::directory_iterator(folder_.path())) {
    EXPECT_EQ(entry.path().filename().string().find("pngs"), std::string::npos) << entry.path();
  }
}

TEST_F(Export, RefusesImagesOfDifferentSizesAsAnArray) {
  CacheOptions ragged = options_for("ragged");
  ragged.size = 0;
  cache(ragged);
  ExportOptions options = export_options(ExportFormat::kNpy, "npy");
  options.dataset = folder_ / "ragged";
  EXPECT_NE(message_of(options).find("different sizes"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder_ / "npy"));
  options.format = ExportFormat::kPng;
  EXPECT_EQ(export_dataset(options).samples, 25u);
}

}  // namespace
}  // namespace rod::prepare
