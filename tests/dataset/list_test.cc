// Layout list: tables of images.
#include <gtest/gtest.h>

#include "base/error.h"
#include "dataset/layout.h"
#include "dataset/table.h"
#include "io/file.h"
#include "tests/dataset/layout_errors.h"
#include "tests/dataset/memory_tree.h"
#include "tests/temporary_folder.h"

namespace rod {
namespace {

MemoryTree tree_with(const std::string& table, const std::string& text,
                     const std::string& folder = "") {
  MemoryTree tree;
  tree.add(table, text);
  for (const char* file : {"rgb/1.png", "depth/1.png", "rgb/2.png", "depth/2.png"})
    tree.add(folder + file);
  return tree;
}

TEST(List, ReadsATsvWithAHeaderInAnyOrder) {
  const Dataset dataset =
      recognise(tree_with("d/pairs.tsv",
                          "label\tframe\tDepth\trgb\tsplit\n4\t7\tdepth/1.png\trgb/1.png\ttrain\n"
                          "0\t8\tdepth/2.png\trgb/2.png\ttest",
                          "d/"),
                {});
  EXPECT_EQ(dataset.layout, "list");
  ASSERT_EQ(dataset.splits.size(), 2u);
  EXPECT_EQ(dataset.splits[0].name, "test");
  EXPECT_EQ(dataset.splits[1].name, "train");
  const Sample& sample = dataset.splits[1].samples.at(0);
  EXPECT_EQ(sample.rgb, "d/rgb/1.png");
  EXPECT_EQ(sample.depth, "d/depth/1.png");
  EXPECT_EQ(sample.key, "rgb/1.png");
  EXPECT_EQ(sample.label, 4) << "the number in the list is the label";
  EXPECT_EQ(sample.line, 1u);
  EXPECT_EQ(dataset.splits[0].samples.at(0).line, 2u);
  EXPECT_EQ(dataset.classes.size(), 5u);
  EXPECT_TRUE(has(dataset.explanation, "recognised by d/pairs.tsv")) << dataset.explanation;
}

TEST(List, ReadsACsvWithQuotesNamesAndCarriageReturns) {
  MemoryTree tree = tree_with(
      "mine.csv",
      "\xEF\xBB\xBFrgb,depth,label\r\n# note\r\n\r\n\"rgb/1.png\", depth/1.png ,\"pear, ripe\"\r\n"
      "rgb/2.png,depth/2.png,apple\r\n");
  const Dataset dataset = recognise(tree, {});
  EXPECT_EQ(dataset.classes, (std::vector<std::string>{"apple", "pear, ripe"}));
  EXPECT_EQ(dataset.splits[0].name, "mine");
  EXPECT_EQ(dataset.splits[0].samples[0].label, 1);
  EXPECT_EQ(dataset.splits[0].samples[0].line, 3u);
}

TEST(List, TakesARowWithoutDepthAsRgbAlone) {
  EXPECT_FALSE(recognise(tree_with("a.tsv", "rgb\tlabel\nrgb/1.png\t0\n"), {}).has_depth());
  EXPECT_FALSE(
      recognise(tree_with("a.tsv", "rgb\tdepth\tlabel\nrgb/1.png\t\t0\n"), {}).has_depth());
  EXPECT_TRUE(has(error_of(tree_with(
                      "a.tsv", "rgb\tdepth\tlabel\nrgb/1.png\t\t0\nrgb/2.png\tdepth/2.png\t0\n")),
                  "a.tsv:3: has a depth image, unlike the first line"));
}

TEST(List, NeedsNoHeaderWhenNamed) {
  const MemoryTree tree =
      tree_with("a.tsv", "rgb/1.png\tdepth/1.png\t0\nrgb/2.png\tdepth/2.png\t1\n");
  EXPECT_EQ(recognise(tree, {"list", {}}).splits[0].samples.size(), 2u);
  EXPECT_EQ(recognise(tree, {"auto", {{"ROD", "a.tsv"}}}).splits[0].name, "ROD");
}

TEST(List, TakesAListOfTheDiskAndTheColumnClass) {
  const TemporaryFolder folder;
  io::write_file(folder / "l.csv",
                 "rgb,depth,label,class,split\nrgb/1.png,depth/1.png,1,pear,x\nrgb/2.png,depth/"
                 "2.png,0,apple,y\n");
  const Dataset dataset = recognise(tree_with("notes.txt", "", "deep/below/"),
                                    {"auto", {{"y", (folder / "l.csv").string()}}});
  ASSERT_EQ(dataset.splits.size(), 1u);
  EXPECT_EQ(dataset.splits[0].samples.at(0).rgb, "deep/below/rgb/2.png");
  EXPECT_EQ(dataset.classes, std::vector<std::string>{"apple"});
}

TEST(List, NamesFileAndLineOfWhatItCannotRead) {
  const std::string header = "rgb\tdepth\tlabel\n";
  EXPECT_TRUE(has(error_of(tree_with("a.tsv", header + "../x.png\tdepth/1.png\t0\n")),
                  "a.tsv:2: the path '../x.png'"));
  EXPECT_TRUE(has(error_of(tree_with("a.tsv", header + "\nrgb/1.png\tdepth/1.png\n")),
                  "a.tsv:3: has 2 fields"));
  EXPECT_TRUE(has(error_of(tree_with("a.tsv", header + "rgb/1.png\tdepth/1.png\t\n")),
                  "a.tsv:2: has no label"));
  EXPECT_TRUE(
      has(error_of(tree_with("a.csv", "rgb,label\n\"rgb/1.png,0\n")), "a.csv:2: a field's quotes"));
  EXPECT_TRUE(has(error_of(tree_with("a.tsv", header + "rgb/9.png\tdepth/1.png\t0\n")),
                  "a.tsv:2: rgb/9.png"));
  EXPECT_TRUE(has(error_of(tree_with("a.tsv", header)), "holds no sample"));
}

TEST(List, AsksToChooseBetweenTwoTablesOfOneSplit) {
  MemoryTree tree = tree_with("a.tsv", "rgb\tlabel\tsplit\nrgb/1.png\t0\tx\n");
  tree.add("b.tsv", "rgb\tlabel\tsplit\nrgb/1.png\t0\tx\n");
  EXPECT_TRUE(has(error_of(tree), "choose with --split x=LIST"));
}

TEST(List, LeavesATableWithoutTheColumnsAlone) {
  MemoryTree tree = tree_with("index.tsv", "stem\tframe\na\t1\n");
  EXPECT_TRUE(has(error_of(tree), "no data set was recognised")) << "rgb and depth are no classes";
  for (const char* file : {"cat/1.png", "dog/1.png"}) tree.add(file);
  for (const char* file : {"rgb/1.png", "depth/1.png", "rgb/2.png", "depth/2.png"})
    tree.remove(file);
  EXPECT_EQ(recognise(tree, {}).layout, "folders");
}

}  // namespace
}  // namespace rod
