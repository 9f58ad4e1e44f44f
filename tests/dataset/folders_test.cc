// Layout folders: which files are pairs, which folders are classes, which are splits.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "dataset/inventory.h"
#include "dataset/layout.h"
#include "dataset/name_pattern.h"
#include "tests/dataset/memory_tree.h"

namespace rod::dataset {
namespace {

MemoryTree tree_of(const std::vector<std::string>& files) {
  MemoryTree tree;
  for (const std::string& file : files) tree.add(file);
  return tree;
}

TEST(Folders, PairsFilesByTheUsualNames) {
  struct Case {
    std::vector<std::string> files;
    std::string rgb, depth;
  };
  const std::vector<Case> cases = {
      {{"a/1_crop.png", "a/1_depthcrop.png", "b/2_crop.png", "b/2_depthcrop.png"},
       "a/1_crop.png",
       "a/1_depthcrop.png"},
      {{"a/rgb/1.png", "a/depth/1.png", "b/rgb/2.png", "b/depth/2.png"},
       "a/rgb/1.png",
       "a/depth/1.png"},
      {{"rgb/a/1.jpg", "depth/a/1.png", "rgb/b/2.jpg", "depth/b/2.png"},
       "rgb/a/1.jpg",
       "depth/a/1.png"},
      {{"a/x/1_rgb.JPG", "a/x/1_depth.png", "b/2_rgb.jpg", "b/2_depth.png"},
       "a/x/1_rgb.JPG",
       "a/x/1_depth.png"},
      {{"a/1.png", "a/1_depth.png", "b/2.png", "b/2_depth.png"}, "a/1.png", "a/1_depth.png"},
      {{"a/1.jpg", "a/1.png", "b/2.jpg", "b/2.png"}, "a/1.jpg", "a/1.png"},
  };
  for (const Case& c : cases) {
    const Dataset dataset = recognise(tree_of(c.files), {});
    EXPECT_EQ(dataset.layout, "folders");
    EXPECT_EQ(dataset.classes, (std::vector<std::string>{"a", "b"}));
    ASSERT_EQ(dataset.splits.size(), 1u) << c.rgb;
    EXPECT_EQ(dataset.splits[0].name, "all");
    ASSERT_EQ(dataset.splits[0].samples.size(), 2u) << c.rgb;
    const Sample& sample = dataset.splits[0].samples[0];
    EXPECT_EQ(sample.rgb, c.rgb);
    EXPECT_EQ(sample.depth, c.depth);
    EXPECT_EQ(sample.key, c.rgb);
    EXPECT_EQ(sample.label, 0);
  }
}

TEST(Folders, TakesRgbAlone) {
  const Dataset dataset = recognise(
      tree_of({"data/cat/1.jpg", "data/dog/x/2.png", "data/dog/3.jpeg", "data/notes.txt"}), {});
  EXPECT_FALSE(dataset.has_depth());
  EXPECT_EQ(dataset.classes, (std::vector<std::string>{"cat", "dog"}));
  ASSERT_EQ(dataset.splits[0].samples.size(), 3u);
  EXPECT_EQ(dataset.splits[0].folder, "data/");
  EXPECT_EQ(dataset.splits[0].samples[1].rgb, "data/dog/3.jpeg");
  EXPECT_EQ(dataset.splits[0].samples[1].line, 1u);
  EXPECT_EQ(dataset.explanation,
            "folders of classes (*/class): no depth: all images are RGB; 1 split, 2 classes, 3 "
            "images of RGB alone");
}

TEST(Folders, TakesDepthAloneWhereItIsSaid) {
  LayoutOptions all;
  all.depth_pattern = "*";
  for (const auto& files : std::vector<std::vector<std::string>>{
           {"train/a/1_depth.png", "train/b/2_depth.png", "test/a/3_depth.png"},
           {"train/a/depth/1.png", "train/b/depth/2.png", "test/a/depth/3.png"},
           {"train/depth/a/1.png", "train/depth/b/2.png", "test/depth/a/3.png"}}) {
    const std::string error = error_of(tree_of(files), {});
    EXPECT_TRUE(has(error, "a data set of depth alone: --depth-pattern '*'")) << error;
    EXPECT_TRUE(has(error, "all of them are RGB: --rgb-pattern '*'")) << error;
    const Dataset dataset = recognise(tree_of(files), all);
    EXPECT_FALSE(dataset.has_rgb());
    EXPECT_TRUE(dataset.has_depth());
    EXPECT_EQ(dataset.classes, (std::vector<std::string>{"a", "b"}));
    ASSERT_EQ(dataset.splits.size(), 2u);
    EXPECT_EQ(dataset.splits[0].samples.at(0).depth, files[2]);
    EXPECT_EQ(dataset.splits[1].samples.at(1).image(), files[1]);
    EXPECT_EQ(dataset.splits[1].samples.at(1).key, files[1].substr(6)) << dataset.splits[1].folder;
    EXPECT_TRUE(has(dataset.explanation, "3 images of depth alone")) << dataset.explanation;
  }
  LayoutOptions options;
  options.depth_pattern = "*_z.png";
  const Dataset dataset = recognise(tree_of({"a/1_z.png", "b/2_z.png", "b/3_view.png"}), options);
  EXPECT_FALSE(dataset.has_rgb());
  ASSERT_EQ(dataset.splits.at(0).samples.size(), 2u);
  ASSERT_EQ(dataset.left_out.size(), 1u);
  EXPECT_EQ(dataset.left_out[0].path, "b/3_view.png");
  options.depth_pattern = "depth.png";
  EXPECT_TRUE(has(error_of(tree_of({"a/1_z.png", "b/2_z.png"}), options), "expected a `*`"));
}

TEST(Folders, TakesUpperFoldersNamedLikeSplits) {
  const Dataset dataset =
      recognise(tree_of({"d/synROD-train/a/1_rgb.png", "d/synROD-train/a/1_depth.png",
                         "d/synROD-test/b/1_rgb.png", "d/synROD-test/b/1_depth.png",
                         "d/ROD/b/9_rgb.png", "d/ROD/b/9_depth.png"}),
                {});
  ASSERT_EQ(dataset.splits.size(), 3u);
  EXPECT_EQ(dataset.splits[0].name, "ROD");
  EXPECT_EQ(dataset.splits[1].name, "synROD-test");
  EXPECT_EQ(dataset.splits[2].name, "synROD-train");
  EXPECT_EQ(dataset.classes, (std::vector<std::string>{"a", "b"})) << "numbered over all splits";
  EXPECT_EQ(dataset.splits[1].samples[0].label, 1);
}

TEST(Folders, TakesFoldersForSplits) {
  const MemoryTree tree = tree_of({"new/a/1.png", "new/b/2.png", "old/a/1.png", "other/x/y.png"});
  const Dataset dataset = recognise(tree, {"folders", {{"train", "old/"}, {"ROD", "new"}}});
  ASSERT_EQ(dataset.splits.size(), 2u);
  EXPECT_EQ(dataset.splits[0].name, "ROD");
  EXPECT_EQ(dataset.splits[0].samples.size(), 2u);
  EXPECT_EQ(dataset.splits[1].samples[0].rgb, "old/a/1.png");
  EXPECT_TRUE(has(error_of(tree, {"folders", {{"x", "absent"}}}), "holds no images"));
}

TEST(Folders, TakesPatterns) {
  LayoutOptions options;
  options.layout = "folders";
  options.rgb_pattern = "left/*/c_*.jpg";
  options.depth_pattern = "right/*/d_*.png";
  const Dataset dataset = recognise(tree_of({"left/a/c_1.jpg", "right/a/d_1.png", "left/b/c_2.jpg",
                                             "right/b/d_2.png", "left/b/thumb.png"}),
                                    options);
  EXPECT_EQ(dataset.splits[0].samples[1].depth, "right/b/d_2.png");
  EXPECT_EQ(dataset.splits[0].samples[1].label, 1);
  EXPECT_TRUE(has(dataset.explanation, "1 other images are left out")) << dataset.explanation;
  options.depth_pattern = "right/*";
  EXPECT_TRUE(has(error_of(tree_of({"a/1.png"}), options), "as many `*`"));
  options.rgb_pattern = "left.png";
  EXPECT_TRUE(has(error_of(tree_of({"a/1.png"}), options), "expected a `*`"));
}

TEST(Folders, LeavesOutTheHalfOfAPair) {
  const Dataset dataset =
      recognise(tree_of({"a/1_rgb.png", "a/1_depth.png", "a/4_rgb.png", "a/4_depth.png",
                         "b/2_rgb.png", "b/3_depth.png", "b/5_rgb.png", "b/5_depth.png"}),
                {});
  EXPECT_EQ(dataset.splits[0].samples.size(), 3u);
  ASSERT_EQ(dataset.left_out.size(), 2u);
  EXPECT_EQ(dataset.left_out[0].path, "b/2_rgb.png");
  EXPECT_EQ(dataset.left_out[0].reason, "has no depth image");
  EXPECT_EQ(dataset.left_out[1].path, "b/3_depth.png");
  EXPECT_EQ(dataset.left_out[1].class_name, "b");
  EXPECT_TRUE(dataset.losses.empty());
}

TEST(Folders, SaysWhichClassWouldBeMissing) {
  const Dataset dataset =
      recognise(tree_of({"a/1_rgb.png", "a/1_depth.png", "a/4_rgb.png", "a/4_depth.png",
                         "c/1_rgb.png", "c/1_depth.png", "b/2_rgb.png"}),
                {});
  ASSERT_EQ(dataset.losses.size(), 1u);
  EXPECT_TRUE(has(dataset.losses[0], "the class 'b' would be missing")) << dataset.losses[0];
  EXPECT_TRUE(has(dataset.losses[0], "b/2_rgb.png, which has no depth image"));
}

TEST(Folders, RefusesDepthWithoutPairs) {
  EXPECT_TRUE(
      has(error_of(tree_of({"a/1_depth.png", "b/2_depth.png", "b/3_rgb.png"})), "--depth-pattern"));
  EXPECT_TRUE(has(error_of(tree_of({"Depth/a/1.png", "Depth/b/1.png"})), "says depth"));
}

TEST(Folders, RefusesTwoFilesOfOneImage) {
  EXPECT_TRUE(has(error_of(tree_of({"a/1.png", "a/1.jpeg", "b/2.png"})),
                  "both a/1.jpeg and a/1.png name one image"));
  const std::string error = error_of(tree_of({"a/rgb/1.png", "a/depth/1.png", "a/surfnorm/1.png",
                                              "b/rgb/1.png", "b/depth/1.png", "b/surfnorm/1.png"}));
  EXPECT_TRUE(has(error, "more than one reading")) << error;
  EXPECT_TRUE(has(error, "--rgb-pattern '*/rgb/*' --depth-pattern '*/surfnorm/*'")) << error;
}

TEST(Folders, LeavesOutWhatSystemsLeaveBehind) {
  const Dataset dataset = recognise(
      tree_of({"a/1.png", "b/2.png", "__MACOSX/a/1.png", "a/._1.png", ".cache/x/1.png"}), {});
  EXPECT_EQ(dataset.splits[0].samples.size(), 2u);
}

using Counts = std::map<std::string, std::map<std::string, std::size_t>>;

Counts counts_of(const Dataset& dataset) {
  Counts counts;
  for (const Split& split : dataset.splits) {
    for (const Sample& sample : split.samples)
      ++counts[split.name][dataset.classes.at(static_cast<std::size_t>(sample.label))];
  }
  return counts;
}

// Two classes of two pairs each, in the places that the patterns say; {c}, {s} and {i} are
// replaced.
MemoryTree tree_by(const std::string& rgb, const std::string& depth,
                   const std::vector<std::string>& splits) {
  MemoryTree tree;
  for (const std::string& split : splits) {
    for (const char* c : {"apple", "cup"}) {
      for (const char* i : {"1", "2"}) {
        for (const std::string& pattern : {rgb, depth}) {
          std::string path = pattern;
          for (const auto& [key, value] :
               {std::pair<std::string, std::string>{"{c}", c}, {"{i}", i}, {"{s}", split}}) {
            for (auto at = path.find(key); at != path.npos; at = path.find(key))
              path.replace(at, key.size(), value);
          }
          if (!path.empty()) tree.add(path);
        }
      }
    }
  }
  return tree;
}

TEST(Folders, FindsSplitsAndModalitiesWhereverTheyAreWritten) {
  const std::vector<std::pair<std::string, std::string>> with_splits = {
      {"{s}/{c}/{i}_rgb.png", "{s}/{c}/{i}_depth.png"},
      {"{c}/{s}/{i}_RGB.png", "{c}/{s}/{i}_Depth.png"},
      {"RGB/{s}/{c}/{i}.png", "Depth/{s}/{c}/{i}.png"},
      {"{s}/{c}/image/{i}.png", "{s}/{c}/depth_raw/{i}.png"},
      {"{s}_rgb/{c}/{i}.png", "{s}_depth/{c}/{i}.png"},
      {"a/b/{c}/color/{s}/{i}.jpg", "a/b/{c}/aligned_depth/{s}/{i}.png"},
      {"{s}/data/{c}/{i}.png", ""},
      {"{c}/{s}_{i}.png", ""},
      {"{c}/{i}-{s}_color.png", "{c}/{i}-{s}_depth.png"},
      {"rgb/{c}/{s}_{i}.png", "depth/{c}/{s}_{i}.png"},
      {"{s}/images/{c}/{i}.png", "{s}/depths/{c}/{i}.png"},
      {"{s}/{c}/frame-00{i}.color.png", "{s}/{c}/frame-00{i}.depth.png"},
      {"{s}/{c}/{i}.jpg", "{s}/{c}/{i}.png"},
  };
  for (const auto& [rgb, depth] : with_splits) {
    for (const auto& names : {std::vector<std::string>{"Train", "TEST"}, {"training", "eval"}}) {
      const Dataset dataset = recognise(tree_by(rgb, depth, names), {});
      Counts expected;
      for (const std::string& name : names) expected[name] = {{"apple", 2}, {"cup", 2}};
      EXPECT_EQ(counts_of(dataset), expected) << rgb;
      EXPECT_EQ(dataset.has_depth(), !depth.empty()) << rgb;
      EXPECT_TRUE(dataset.left_out.empty()) << rgb;
    }
  }
}

TEST(Folders, TakesAClassNamedLikeASplit) {
  for (const char* name : {"crash-test", "train", "test_tube"}) {
    const Dataset dataset = recognise(
        tree_of({"apple/1.png", "cup/1.png", std::string(name) + "/" + name + "_1.png"}), {});
    EXPECT_EQ(dataset.splits.size(), 1u) << name;
    EXPECT_EQ(dataset.classes.size(), 3u) << name;
  }
}

TEST(Folders, ShowsBothReadingsAndTheOptionOfEach) {
  const MemoryTree batches =
      tree_of({"one/apple/1.png", "one/cup/1.png", "two/apple/2.png", "two/cup/2.png"});
  const std::string error = error_of(batches);
  EXPECT_TRUE(has(error, "classes one, two; splits all: --structure 'class'")) << error;
  EXPECT_TRUE(has(error, "classes apple, cup; splits all: --structure '*/class'")) << error;
  EXPECT_TRUE(has(error, "classes apple, cup; splits one, two: --structure 'split/class'"))
      << error;
  LayoutOptions options;
  options.structure = "split/class";
  EXPECT_EQ(counts_of(recognise(batches, options)),
            (Counts{{"one", {{"apple", 1}, {"cup", 1}}}, {"two", {{"apple", 1}, {"cup", 1}}}}));
  options.structure = "*/class";
  EXPECT_EQ(counts_of(recognise(batches, options)), (Counts{{"all", {{"apple", 2}, {"cup", 2}}}}));
  options.structure = "split";
  EXPECT_TRUE(has(error_of(batches, options), "one `class`"));

  EXPECT_TRUE(has(error_of(tree_of({"train/1.png", "test/1.png"}), {"folders", {}}),
                  "the split 'test' would be missing"));
  EXPECT_TRUE(has(error_of(tree_of({"rgb/1.png", "extra/2.png"})), "named like RGB"));
  EXPECT_TRUE(has(error_of(tree_of({"apple/1.png", "cup/1.png", "test/apple/1.png"})),
                  "named like a split"));
}

TEST(Folders, KnowsWordsThatAreWrittenTogether) {
  for (const auto& [rgb, depth] : std::vector<std::pair<std::string, std::string>>{
           {"{s}/{c}/{i}_colorImage.png", "{s}/{c}/{i}_depthImage.png"},
           {"{s}/{c}/RGBImages/{i}.png", "{s}/{c}/DepthMaps/{i}.png"},
           {"{s}/{c}/rgbimage{i}.png", "{s}/{c}/rawdepth{i}.png"},
           {"{c}/{s}/IMGs/{i}.png", "{c}/{s}/alignedDepth/{i}.png"}}) {
    const Dataset dataset = recognise(tree_by(rgb, depth, {"trainset", "TestData"}), {});
    EXPECT_EQ(counts_of(dataset), (Counts{{"trainset", {{"apple", 2}, {"cup", 2}}},
                                          {"TestData", {{"apple", 2}, {"cup", 2}}}}))
        << rgb;
    EXPECT_TRUE(dataset.has_depth()) << rgb;
  }
}

TEST(Folders, RefusesTwinsOfClassesAndOfPairs) {
  EXPECT_TRUE(has(error_of(tree_of({"train/Apple/1.png", "train/cup/2.png", "test/apple/3.png",
                                    "test/cup/4.png"})),
                  "train/Apple/1.png: its class 'Apple' differs only in case or Unicode form"));
  EXPECT_TRUE(has(error_of(tree_of({"train/caf\xC3\xA9/1.png", "train/cup/2.png",
                                    "test/cafe\xCC\x81/3.png", "test/cup/4.png"})),
                  "Unicode form"));
  EXPECT_TRUE(has(error_of(tree_of({"rgb/Apple/1.png", "depth/apple/1.png", "rgb/cup/2.png",
                                    "depth/cup/2.png"})),
                  "rgb/Apple/1.png and depth/apple/1.png would be a pair"));
}

// Words that nobody knows: RGB and depth, or two views of RGB?
TEST(Folders, AsksWhatNamesThatComeTwiceMean) {
  struct Case {
    const char *rgb, *other, *flags;
  };
  for (const Case& c :
       {Case{"{c}/{i}_r.png", "{c}/{i}_d.png", "--rgb-pattern '*_r.png' --depth-pattern '*_d.png'"},
        Case{"{c}/{i}.png", "{c}/{i}_z.png", "--rgb-pattern '*.png' --depth-pattern '*_z.png'"},
        Case{"{c}/view_{i}.png", "{c}/dist_{i}.png",
             "--rgb-pattern '*/view_*' --depth-pattern '*/dist_*'"},
        Case{"{c}/rgb/{i}.png", "{c}/disparity/{i}.png",
             "--rgb-pattern '*/rgb/*' --depth-pattern '*/disparity/*'"}}) {
    const MemoryTree tree = tree_by(c.rgb, c.other, {"x"});
    const std::string error = error_of(tree);
    EXPECT_TRUE(has(error, c.flags)) << error;
    LayoutOptions options;
    options.rgb_pattern = "*";
    EXPECT_EQ(counts_of(recognise(tree, options)), (Counts{{"all", {{"apple", 4}, {"cup", 4}}}}));
    const std::string flags = c.flags;
    const auto quoted = [&](std::size_t from) {
      const std::size_t begin = flags.find('\'', from) + 1;
      return flags.substr(begin, flags.find('\'', begin) - begin);
    };
    options.rgb_pattern = quoted(0);
    options.depth_pattern = quoted(flags.find("--depth"));
    const Dataset dataset = recognise(tree, options);
    EXPECT_EQ(counts_of(dataset), (Counts{{"all", {{"apple", 2}, {"cup", 2}}}})) << c.flags;
    EXPECT_TRUE(dataset.has_depth());
  }
  EXPECT_EQ(error_of(tree_by("{c}/{s}_{i}.png", "", {"one", "two", "three"})), "");
}

TEST(Folders, KnowsTheCompanionsOfTheWashingtonSet) {
  std::vector<std::string> files;
  for (const char* c : {"apple", "cup"}) {
    for (const char* i : {"1_1_1", "1_1_2", "1_2_1"}) {
      for (const char* end : {"crop.png", "depthcrop.png", "maskcrop.png", "loc.txt"})
        files.push_back(fmt::format("{0}/{0}_1/{0}_{1}_{2}", c, i, end));
    }
  }
  const MemoryTree tree = tree_of(files);
  const Dataset dataset = recognise(tree, {});
  EXPECT_EQ(counts_of(dataset), (Counts{{"all", {{"apple", 3}, {"cup", 3}}}}));
  const Inventory inventory = take_inventory(tree, dataset);
  EXPECT_EQ(inventory.count(Fate::kNotTaken), 6u);
  EXPECT_EQ(inventory.count(Fate::kIgnored), 6u);
  EXPECT_TRUE(dataset.losses.empty());
}

TEST(Folders, NamesAFormatThatIsNotRead) {
  const MemoryTree tree = tree_of({"a/1.png", "b/1.png", "c/1.gif", "a/2.GIF"});
  const Dataset dataset = recognise(tree, {});
  ASSERT_EQ(dataset.losses.size(), 1u);
  EXPECT_TRUE(has(dataset.losses[0], "the class 'c' would be missing")) << dataset.losses[0];
  EXPECT_TRUE(has(dataset.losses[0], "GIF"));
  EXPECT_EQ(take_inventory(tree, dataset).count(Fate::kNotTaken), 2u);
}

TEST(NamePattern, GivesWhatTheStarsStandFor) {
  const NamePattern pattern("*/rgb/*_crop");
  EXPECT_EQ(pattern.match("a/rgb/b/c_crop.png"), (NamePattern::Words{"a", "b/c"}));
  EXPECT_EQ(pattern.match("a/x/rgb/c_crop.PNG"), (NamePattern::Words{"a/x", "c"}));
  EXPECT_FALSE(pattern.match("a/rgb/_crop.png"));
  EXPECT_FALSE(pattern.match("a/rgb/c_crop.txt"));
  EXPECT_EQ(pattern.fill({"a", "b"}, ".png"), "a/rgb/b_crop.png");
  EXPECT_EQ(NamePattern("*.png").match("a.jpg"), std::nullopt);
  EXPECT_EQ(NamePattern("x_*").class_of({"a/b"}), std::nullopt) << "the folder is x_a";
  EXPECT_EQ(NamePattern("*").class_of({"b"}), std::nullopt);
  EXPECT_EQ(NamePattern("rgb/*").class_of({"a/b"}), "a");
}

}  // namespace
}  // namespace rod::dataset
