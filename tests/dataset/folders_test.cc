// Layout folders: which files are pairs, which folders are classes, which are splits.
#include <gtest/gtest.h>

#include "base/error.h"
#include "dataset/layout.h"
#include "dataset/name_pattern.h"
#include "tests/dataset/layout_errors.h"
#include "tests/dataset/memory_tree.h"

namespace rod {
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
            "folders of classes, recognised by the images' names: RGB '*', no depth; 1 split, 2 "
            "classes, 3 images of RGB alone");
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
  options.rgb_pattern = "";
  EXPECT_TRUE(has(error_of(tree_of({"a/1.png"}), options), "needs --rgb-pattern"));
}

TEST(Folders, NamesTheHalfOfAPairThatIsAbsent) {
  const MemoryTree tree = tree_of({"a/1_rgb.png", "a/1_depth.png", "b/2_rgb.png", "b/3_depth.png"});
  const std::string error = error_of(tree);
  EXPECT_TRUE(has(error, "2 of 6 images")) << error;
  EXPECT_TRUE(has(error, "b/2_depth.png")) << error;
  EXPECT_TRUE(has(error, "b/3_rgb.png")) << error;
  LayoutOptions options;
  options.allow_absent = true;
  EXPECT_EQ(recognise(tree, options).splits[0].samples.size(), 3u);
}

TEST(Folders, RefusesTwoFilesOfOneImage) {
  EXPECT_TRUE(has(error_of(tree_of({"a/1.png", "a/1.jpeg", "b/2.png"})),
                  "both a/1.jpeg and a/1.png name one image"));
}

TEST(Folders, LeavesOutWhatSystemsLeaveBehind) {
  const Dataset dataset = recognise(
      tree_of({"a/1.png", "b/2.png", "__MACOSX/a/1.png", "a/._1.png", ".cache/x/1.png"}), {});
  EXPECT_EQ(dataset.splits[0].samples.size(), 2u);
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
}  // namespace rod
