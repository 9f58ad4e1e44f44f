// dataset.json: one text for one data set, and every other text is refused.
#include "shard/manifest.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/shard/fixture.h"
#include "tests/temporary_folder.h"

namespace rod::shard {
namespace {

using fixture::error_of;

Manifest example() {
  SplitInfo split;
  split.name = "ROD";
  split.samples = 5;
  split.lines_left_out = {1, 4};
  split.class_counts = {2, 1, 1, 1};
  split.rgb_mean = {0.5547, 0.531, 1e-7};
  split.rgb_std = {0.25, 0.1, 0.2};
  split.shards = {{"ROD/00000.safetensors", 3, 1000, {1, 2}},
                  {"ROD/00001.safetensors", 2, 900, {3, ~0ull}}};
  SplitInfo empty;
  empty.name = "synROD-train";
  empty.class_counts = {0, 0, 0, 0};
  return fixture::manifest_of({256, 256, DepthKind::kColour}, Codec::kZstd, {split, empty});
}

void replace(std::string& text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  ASSERT_NE(at, text.npos) << from;
  text.replace(at, from.size(), to);
}

TEST(Manifest, GivesBackWhatWasWritten) {
  const Manifest before = example();
  const Manifest after = parse_manifest(format_manifest(before), "dataset.json");
  EXPECT_EQ(after.pixels, before.pixels);
  EXPECT_EQ(after.codec, before.codec);
  EXPECT_EQ(after.classes, before.classes);
  EXPECT_EQ(after.fingerprint, manifest_fingerprint(before));
  ASSERT_EQ(after.splits.size(), 2u);
  EXPECT_EQ(after.splits[0].lines_left_out, before.splits[0].lines_left_out);
  EXPECT_EQ(after.splits[0].rgb_mean, before.splits[0].rgb_mean);
  EXPECT_EQ(after.splits[0].shards[1].file, "ROD/00001.safetensors");
  EXPECT_EQ(after.splits[0].shards[1].hash, before.splits[0].shards[1].hash);
  EXPECT_EQ(format_manifest(after), format_manifest(before));
}

TEST(Manifest, HasAFingerprintThatEveryMemberChanges) {
  const std::vector<std::function<void(Manifest&)>> changes = {
      [](Manifest& m) { m.pixels.height = 255; },
      [](Manifest& m) { m.pixels.depth = DepthKind::kRaw16; },
      [](Manifest& m) { m.codec = Codec::kRaw; },
      [](Manifest& m) { m.layout = "list"; },
      [](Manifest& m) { m.classes[2] = "bananas"; },
      [](Manifest& m) { m.splits[0].lines_left_out[0] = 0; },
      [](Manifest& m) { m.splits[0].rgb_mean[0] = 0.5548; },
      [](Manifest& m) { m.splits[0].shards[0].hash.low ^= 1; },
      [](Manifest& m) { m.splits[0].shards[0].bytes += 1; }};
  for (const auto& change : changes) {
    Manifest manifest = example();
    change(manifest);
    EXPECT_NE(manifest_fingerprint(manifest), example().fingerprint);
  }
  Manifest manifest = example();
  manifest.fingerprint = "anything";
  EXPECT_EQ(manifest_fingerprint(manifest), example().fingerprint);
}

TEST(Manifest, IsRefusedWithAnyBitFlipped) {
  const std::string text = format_manifest(example());
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string flipped = text;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    EXPECT_THROW(parse_manifest(flipped, "dataset.json"), BadInput) << "bit " << bit;
  }
}

TEST(Manifest, IsRefusedWhereverItIsCut) {
  const std::string text = format_manifest(example());
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_THROW(parse_manifest(text.substr(0, size), "dataset.json"), BadInput) << size;
  }
  EXPECT_THROW(parse_manifest(text + "x", "dataset.json"), BadInput);
  EXPECT_THROW(parse_manifest(text + std::string(1, '\0'), "dataset.json"), BadInput);
}

TEST(Manifest, IsRefusedWithMembersThatNobodyKnows) {
  std::string text = format_manifest(example());
  replace(text, R"("layout")", R"("extra": 1, "layout")");
  EXPECT_THROW(parse_manifest(text, "dataset.json"), BadInput);
}

TEST(Manifest, SaysThatAVersionIsUnknown) {
  std::string text = format_manifest(example());
  replace(text, R"("version": 1)", R"("version": 5)");
  EXPECT_NE(error_of([&] {
              parse_manifest(text, "d/dataset.json");
            }).find("d/dataset.json: version 5 is not known"),
            std::string::npos);
}

TEST(Manifest, KeepsWhatBecameOfTheSourcesFiles) {
  Manifest manifest = example();
  EXPECT_EQ(format_manifest(manifest).find("sources"), std::string::npos);
  manifest.sources = {20, 3, 2, 1};
  const std::string text = format_manifest(manifest);
  EXPECT_NE(text.find(R"("version": 2)"), std::string::npos);
  EXPECT_EQ(parse_manifest(text, "dataset.json").sources, manifest.sources);
  std::string older = text;
  replace(older, R"("version": 2)", R"("version": 1)");
  EXPECT_THROW(parse_manifest(older, "dataset.json"), BadInput);
}

TEST(Manifest, KeepsThatDepthIsAlone) {
  Manifest manifest = example();
  EXPECT_EQ(format_manifest(manifest).find(R"("rgb":)"), std::string::npos);
  manifest.pixels.depth_alone = true;
  for (std::vector<double>* values : {&manifest.splits[0].rgb_mean, &manifest.splits[0].rgb_std})
    values->clear();
  manifest.sources = {20, 3, 2, 1};
  manifest.parents = {std::string(32, 'a')};
  const std::string text = format_manifest(manifest);
  EXPECT_NE(text.find(R"("version": 4)"), std::string::npos);
  const Manifest after = parse_manifest(text, "dataset.json");
  EXPECT_EQ(after.pixels, manifest.pixels);
  EXPECT_EQ(after.sources, manifest.sources);
  EXPECT_EQ(after.parents, manifest.parents);
  const auto refused_with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    replace(changed, from, to);
    EXPECT_THROW(parse_manifest(changed, "dataset.json"), BadInput) << to;
  };
  refused_with(R"("version": 4)", R"("version": 3)");
  refused_with(R"("rgb": "none")", R"("rgb": "some")");
  refused_with(" \"rgb\": \"none\",\n", "");
}

// A manifest that is consistently wrong: its fingerprint is right.
std::string refusal(const std::function<void(Manifest&)>& change) {
  Manifest manifest = example();
  change(manifest);
  return error_of([&] { parse_manifest(format_manifest(manifest), "dataset.json"); });
}

TEST(Manifest, RefusesADataSetWithoutImages) {
  EXPECT_NE(refusal([](Manifest& m) {
              m.pixels = {256, 256, DepthKind::kNone, true};
              m.splits[0].rgb_mean.clear();
              m.splits[0].rgb_std.clear();
            }).find("neither RGB nor depth"),
            std::string::npos);
  EXPECT_NE(refusal([](Manifest& m) { m.pixels.depth_alone = true; }).find("a mean or std has 3"),
            std::string::npos)
      << "of RGB images that there are none of";
}

TEST(Manifest, RefusesShardNamesThatLeaveTheFolder) {
  for (const char* name :
       {"/etc/passwd", "../x/00000.safetensors", "ROD/../00000.safetensors", "00000.safetensors",
        "ROD/0.safetensors", "ROD/000000.safetensors", "ROD/00000.safetensors/",
        "ROD/0000a.safetensors", "ROD\\00000.safetensors", "synROD-train/00000.safetensors",
        "ROD//00000.safetensors", ""}) {
    EXPECT_NE(refusal([&](Manifest& m) { m.splits[0].shards[0].file = name; }), "") << name;
  }
}

TEST(Manifest, RefusesSplitNamesThatAreNoFolder) {
  for (const char* name : {"", ".", "..", ".hidden", "a/b", "a b", "\u00fc"}) {
    EXPECT_NE(error_of([&] { check_split_name(name); }), "") << name;
  }
  EXPECT_NE(error_of([&] { check_split_name(std::string(65, 'a')); }), "");
  EXPECT_EQ(error_of([&] { check_split_name("synROD-train"); }), "");
}

TEST(Manifest, RefusesCountsThatDisagree) {
  EXPECT_NE(refusal([](Manifest& m) { m.splits[0].samples = 6; }), "");
  EXPECT_NE(refusal([](Manifest& m) { m.splits[0].class_counts[0] = 3; }), "");
  EXPECT_NE(refusal([](Manifest& m) { m.splits[0].class_counts.pop_back(); }), "");
  EXPECT_NE(refusal([](Manifest& m) { m.splits[0].shards[0].samples = ~0ull; }), "");
  EXPECT_NE(refusal([](Manifest& m) {
              m.splits[0].shards[1].samples = 0;
              m.splits[0].shards[0].samples = 5;
            }),
            "");
}

TEST(Manifest, RefusesWhatIsOutOfOrder) {
  EXPECT_NE(refusal([](Manifest& m) { std::swap(m.splits[0], m.splits[1]); }), "");
  EXPECT_NE(refusal([](Manifest& m) { m.splits[1] = m.splits[0]; }), "");
  EXPECT_NE(refusal([](Manifest& m) { std::swap(m.splits[0].shards[0], m.splits[0].shards[1]); }),
            "");
  EXPECT_NE(refusal([](Manifest& m) { m.splits[0].lines_left_out = {4, 4}; }), "");
}

TEST(Manifest, RefusesImpossibleImages) {
  EXPECT_NE(refusal([](Manifest& m) { m.pixels.height = 0; }), "");
  EXPECT_NE(refusal([](Manifest& m) { m.pixels.width = 16385; }), "");
  EXPECT_NE(refusal([](Manifest& m) { m.splits[0].rgb_mean = {0.5}; }), "");
}

TEST(Manifest, RefusesToWriteAClassThatIsNoUtf8) {
  EXPECT_NE(refusal([](Manifest& m) { m.classes[0] = "\xff"; }).find("UTF-8"), std::string::npos);
}

TEST(Manifest, ListsTheSplitsWhenOneIsMissing) {
  EXPECT_EQ(error_of([] { example().split("rod"); }),
            "3 there is no split 'rod'; the data set has: ROD, synROD-train");
  EXPECT_EQ(example().split("ROD").samples, 5u);
}

TEST(ReadManifest, TellsAMissingFolderFromAnUnfinishedAndADamagedDataSet) {
  const TemporaryFolder folder;
  EXPECT_NE(error_of([&] { read_manifest(folder / "nowhere"); }).find("is not a folder"),
            std::string::npos);
  EXPECT_NE(error_of([&] { read_manifest(folder.path()); }).find("not a finished data set"),
            std::string::npos);
  fixture::write_text(folder / kManifestName, "{}");
  EXPECT_NE(error_of([&] { read_manifest(folder.path()); }).find("is not a dataset manifest"),
            std::string::npos);
  fixture::write_text(folder / kManifestName, format_manifest(example()));
  EXPECT_EQ(read_manifest(folder.path()).fingerprint, example().fingerprint);
}

}  // namespace
}  // namespace rod::shard
