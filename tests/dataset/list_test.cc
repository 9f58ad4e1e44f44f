// Layout list: tables of images.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "dataset/layout.h"
#include "dataset/list_text.h"
#include "io/file.h"
#include "tests/dataset/memory_tree.h"
#include "tests/temporary_folder.h"

namespace rod::dataset {
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

TEST(List, TakesAColumnOfDepthWithoutRgbAsDepthAlone) {
  const Dataset dataset =
      recognise(tree_with("l.csv", "depth,label\ndepth/1.png,0\ndepth/2.png,1\n"), {});
  EXPECT_FALSE(dataset.has_rgb());
  EXPECT_EQ(dataset.splits.at(0).samples.at(1).depth, "depth/2.png");
  EXPECT_EQ(dataset.splits[0].samples[1].key, "depth/2.png");
  EXPECT_TRUE(has(error_of(tree_with("l.csv", "depth,label\ndepth/1.png,0\n,1\n")), "l.csv:3"));
  const std::string unknown =
      error_of(tree_with("l.csv", "depth,view,label\ndepth/1.png,rgb/1.png,0\n"));
  EXPECT_TRUE(has(unknown, "the column 'view' names images and is not known; call it rgb"))
      << unknown;
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
  EXPECT_TRUE(has(error_of(tree_with("a.tsv", header + "RGB/1.PNG\tdepth/1.png\t0\n"
                                                       "rgb/2.png\tdepth/2.png\t0\n")),
                  "a.tsv:2: RGB/1.PNG does not exist, but rgb/1.png does"));
}

TEST(List, RefusesAnImageOfTwoClasses) {
  const std::string header = "rgb,depth,label,split\n";
  const std::string row = "rgb/1.png,depth/1.png,0,train\n";
  EXPECT_EQ(recognise(tree_with("l.csv", header + row + row), {}).splits[0].samples.size(), 2u)
      << "an image may be listed twice";
  for (const char* split : {"train", "test"}) {
    const std::string error =
        error_of(tree_with("l.csv", header + row + "rgb/1.png,depth/1.png,1," + split + "\n"), {});
    EXPECT_TRUE(has(error, "rgb/1.png has the class")) << error;
    EXPECT_TRUE(has(error, "l.csv:2") && has(error, "l.csv:3")) << error;
  }
}

TEST(List, TakesWholeNumbersAsPeopleWriteThem) {
  const std::string header = "rgb,depth,label\n";
  const auto labels = [&](const std::string& first, const std::string& second) {
    const Dataset dataset =
        recognise(tree_with("a.csv", header + "rgb/1.png,depth/1.png," + first +
                                         "\nrgb/2.png,depth/2.png," + second + "\n"),
                  {});
    return std::pair(dataset.splits[0].samples[0].label, dataset.splits[0].samples[1].label);
  };
  EXPECT_EQ(labels("10.0", "3"), std::pair(std::int64_t{10}, std::int64_t{3}));
  EXPECT_EQ(labels("\" 3\"", "+2"), std::pair(std::int64_t{3}, std::int64_t{2}));
  EXPECT_EQ(labels("4.000000000000000000e+00", "1e1"),
            std::pair(std::int64_t{4}, std::int64_t{10}));
  EXPECT_EQ(labels("\"3,0\"", "007"), std::pair(std::int64_t{3}, std::int64_t{7}));
  EXPECT_EQ(labels("pear", "7up"), std::pair(std::int64_t{1}, std::int64_t{0}));
}

TEST(List, RefusesLabelsThatAreNoLabels) {
  const std::string header = "rgb,label,class\n";
  const auto error = [&](const std::string& first, const std::string& second) {
    return error_of(
        tree_with("a.csv", header + "rgb/1.png," + first + "\nrgb/2.png," + second + "\n"));
  };
  EXPECT_TRUE(has(error("0,a", "-1,b"), "a.csv:3: the label -1")) << error("0,a", "-1,b");
  EXPECT_TRUE(has(error("0,a", "-1,b"), "--ignore-label -1"));
  EXPECT_TRUE(has(error("0,a", "1.5,b"), "a.csv:3: the label 1.5"));
  EXPECT_TRUE(has(error("0,a", "1.5e0,b"), "a.csv:3: the label 1.5e0"));
  EXPECT_TRUE(has(error("0,a", "\"1,000\",b"), "a.csv:3: the label 1,000"));
  EXPECT_TRUE(has(error("0,a", "pear,b"), "a.csv:3: the label 'pear' is a name"));
  EXPECT_TRUE(has(error("0,a", "nan,b"), "a.csv:3: the label is 'nan'"));
  EXPECT_TRUE(has(error("0,a", "0.0,b"), "a.csv:3: the label 0 is called 'b' here and 'a'"));
  EXPECT_TRUE(has(error("0,a", "1,a"), "a.csv:3: the class 'a' has the label 1 here and 0"));
}

TEST(List, RefusesTwinsAmongClassesAndSplits) {
  const auto error = [](const std::string& first, const std::string& second) {
    return error_of(
        tree_with("a.csv", "rgb,label,split\nrgb/1.png," + first + "\nrgb/2.png," + second + "\n"));
  };
  EXPECT_TRUE(has(error("Pear,x", "pear,x"), "a.csv:3: its class 'pear' differs only in case"));
  EXPECT_TRUE(has(error("Pear,x", "pear,x"), "'Pear' of a.csv:2"));
  EXPECT_TRUE(has(error("p\xC3\xA9,x", "pe\xCC\x81,x"), "Unicode form"));
  EXPECT_TRUE(has(error("0,Train", "1,train"), "its split 'train' differs only in case"));
  EXPECT_EQ(error("pear\xC2\xA0,x", "\xE2\x80\x8Bpear,x"), "") << "blanks that nobody sees";
}

// What would be lost silently otherwise.
TEST(List, AsksAboutAListThatIsNoTable) {
  MemoryTree tree;
  for (const char* file : {"cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"}) tree.add(file);
  tree.add("README.txt", "Pictures\nSee cat/1.png first.\nMade by hand\n");
  tree.add("names.txt", "cat\ndog\n");
  EXPECT_EQ(recognise(tree, {}).layout, "folders");
  tree.add("train.txt", "cat/1.png 1\ndog/1.png  0\n");
  EXPECT_TRUE(has(error_of(tree), "--layout list --split train='train.txt'")) << error_of(tree);
  EXPECT_EQ(recognise(tree, {"folders", {}}).classes.size(), 2u);
  const Dataset dataset = recognise(tree, {"list", {{"train", "train.txt"}}});
  EXPECT_EQ(dataset.splits[0].samples.at(0).label, 1);
  EXPECT_EQ(dataset.splits[0].samples.at(1).label, 0);
  tree.remove("train.txt");
  tree.add("test.txt", "cat/2.png\ndog/2.png\n");
  EXPECT_TRUE(has(error_of(tree), "the columns rgb, label and split")) << error_of(tree);
}

TEST(List, TellsThatDepthWouldBeMissing) {
  const auto losses = [](const std::string& table) {
    return recognise(tree_with("a.csv", table), {}).losses;
  };
  ASSERT_EQ(losses("rgb,label\nrgb/1.png,0\n").size(), 1u);
  EXPECT_TRUE(has(losses("rgb,label\nrgb/1.png,0\n")[0], "2 images, such as depth/1.png"));
  EXPECT_TRUE(losses("rgb,depth,label\nrgb/1.png,depth/1.png,0\n").empty());
}

TEST(List, LeavesOutRowsWithTheLabelToIgnore) {
  LayoutOptions options;
  options.ignore_label = "-1";
  const Dataset dataset =
      recognise(tree_with("a.csv", "rgb,label\nrgb/1.png,-1.0\nrgb/2.png,2\n"), options);
  ASSERT_EQ(dataset.splits[0].samples.size(), 1u);
  EXPECT_EQ(dataset.splits[0].samples[0].label, 2);
  EXPECT_EQ(dataset.ignored_rows, 1u);
}

TEST(List, KnowsTheHeadersThatPeopleUse) {
  for (const char* header :
       {"filename,depth_file,category", "image,Depth Path,target", "rgb_path,depth_path,label_id",
        "img,depth_image,class", "file_name,depth,Class Name", "RGB-Image,DepthMap,y"}) {
    const Dataset dataset =
        recognise(tree_with("a.csv", std::string(header) +
                                         "\nrgb/1.png,depth/1.png,0\nrgb/2.png,depth/2.png,1\n"),
                  {});
    EXPECT_TRUE(dataset.has_depth()) << header;
    EXPECT_EQ(dataset.splits[0].samples.size(), 2u) << header;
  }
  EXPECT_EQ(recognise(tree_with("a.csv", ",rgb,label\n0,rgb/1.png,4\n1,rgb/2.png,0\n"), {})
                .splits[0]
                .samples[0]
                .label,
            4);
  const std::string error =
      error_of(tree_with("a.csv", "left,right,kind\nrgb/1.png,depth/1.png,0\n"));
  EXPECT_TRUE(has(error, "a.csv:1: the header 'left', 'right', 'kind' has no column of images"))
      << error;
  EXPECT_TRUE(has(error, "known columns are: rgb (or image, filename")) << error;
  EXPECT_TRUE(has(error_of(tree_with("a.csv", "image,filename,label\nrgb/1.png,rgb/1.png,0\n")),
                  "the columns 'image' and 'filename' may both be rgb"));
}

TEST(List, LosesNoDepthAndNoPartOfALabel) {
  EXPECT_TRUE(recognise(tree_with("a.csv", "rgb,surfnorm,label\nrgb/1.png,depth/1.png,0\n"), {})
                  .has_depth());
  EXPECT_TRUE(has(error_of(tree_with("a.csv", "rgb,other,label\nrgb/1.png,depth/1.png,0\n")),
                  "a.csv:1: the column 'other' names images and is not known"));
  EXPECT_FALSE(
      recognise(tree_with("a.csv", "rgb,mask,label\nrgb/1.png,depth/1.png,0\n"), {}).has_depth());
  EXPECT_TRUE(has(error_of(tree_with("a.csv", "rgb,label\nrgb/1.png,pear, ripe\n")),
                  "a.csv:2: has 3 fields, but the first line has 2"));
  EXPECT_EQ(recognise(tree_with("a.csv", "rgb,label\nrgb/1.png,pear,,\n"), {}).classes,
            std::vector<std::string>{"pear"});
}

TEST(List, ReadsWhatSpreadsheetsWrite) {
  EXPECT_TRUE(recognise(tree_with("a.csv", "rgb;depth;label\r\nrgb/1.png;depth/1.png;0\r\n"), {})
                  .has_depth());
  EXPECT_TRUE(recognise(tree_with("A.CSV", "rgb\tdepth\tlabel\rrgb/1.png\tdepth/1.png\t0\r"), {})
                  .has_depth());
  EXPECT_TRUE(
      recognise(tree_with("a.csv", "sep=;\r\nrgb;depth;label\r\nrgb/1.png;depth/1.png;0\r\n"), {})
          .has_depth());
  const std::string text = "rgb,label\nrgb/1.png,b\xC3\xA4r\n";
  std::string wide = "\xFF\xFE";
  for (const char c : std::string("rgb,label\nrgb/1.png,b")) wide += {c, '\0'};
  wide += {'\xE4', '\0', 'r', '\0'};
  EXPECT_EQ(recognise(tree_with("a.csv", wide), {}).classes,
            recognise(tree_with("a.csv", text), {}).classes);
  EXPECT_TRUE(
      has(error_of(tree_with("a.csv", wide.substr(2))), "a.csv:1: has a zero byte, as UTF-16"));
  EXPECT_TRUE(has(error_of(tree_with("a.csv", "rgb,label\nrgb/1.png,b\xE4r\n")),
                  "a.csv:2: has bytes that are not UTF-8"));
}

TEST(List, TakesAbsolutePathsBelowTheSource) {
  const std::string source = std::filesystem::absolute("memory").string();
  const Dataset dataset = recognise(
      tree_with("a.csv", "rgb,depth,label\n" + source + "/rgb/1.png,.\\depth\\1.png,0\n"), {});
  EXPECT_EQ(dataset.splits[0].samples[0].rgb, "rgb/1.png");
  EXPECT_EQ(dataset.splits[0].samples[0].depth, "depth/1.png");
  EXPECT_TRUE(has(error_of(tree_with("a.csv", "rgb,label\n/elsewhere/rgb/1.png,0\n")),
                  "a.csv:2: the path '/elsewhere/rgb/1.png' is absolute"));
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
}  // namespace rod::dataset
