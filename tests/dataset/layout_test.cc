#include "dataset/layout.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "io/file.h"
#include "tests/dataset/memory_tree.h"
#include "tests/temporary_folder.h"

namespace rod::dataset {
namespace {

constexpr const char* kMarks = "???";

// A small tree of either edition: two ROD pairs, one synROD pair for training, one for testing.
MemoryTree rod_tree(const std::string& edition, const std::string& above = "ROD-synROD/") {
  MemoryTree tree;
  const bool of_2022 = edition == "2022";
  const std::string rod = above + "ROD/";
  tree.add(rod + (of_2022 ? "wrgbd_40k-split_sync.txt" : "rod-split_sync.txt"),
           std::string(of_2022 ? "" : "ROD_") + (of_2022 ? "" : kMarks) + (of_2022 ? "" : "/") +
               "apple/apple_1/apple_1_1_***.png 0\n" + (of_2022 ? "" : "ROD_") +
               (of_2022 ? "" : kMarks) + (of_2022 ? "" : "/") +
               "bell_pepper/bell_pepper_2/bell_pepper_2_7_***.png 3");
  for (const std::string name :
       {"apple/apple_1/apple_1_1", "bell_pepper/bell_pepper_2/bell_pepper_2_7"}) {
    tree.add(rod + (of_2022 ? "rgb-washington/" : "ROD_rgb/") + name + "_crop.png");
    tree.add(rod + (of_2022 ? "surfnorm-washington/" : "ROD_surfnorm/") + name + "_depthcrop.png");
  }
  const std::string syn = above + "synROD/";
  tree.add(syn + "synARID_50k-split_sync_train1.txt", "bell_papper/***/bell_papper_1.png 3\n");
  tree.add(syn + "synARID_50k-split_sync_test1.txt", "water_bottle/***/water_bottle_9.png 46\n");
  for (const std::string modality : {"rgb", "depth"}) {
    tree.add(syn + "bell_papper/" + modality + "/bell_papper_1.png");
    tree.add(syn + "bell_papper/" + modality + "/that_no_list_names.png");
    tree.add(syn + "water_bottle/" + modality + "/water_bottle_9.png");
  }
  return tree;
}

TEST(Layout, RecognisesTheEditionOf2022) {
  const Dataset dataset = recognise(rod_tree("2022"), {});
  EXPECT_EQ(dataset.layout, "rod-synrod-2022");
  ASSERT_EQ(dataset.splits.size(), 3u);
  EXPECT_EQ(dataset.splits[0].name, "ROD");
  EXPECT_EQ(dataset.splits[1].name, "synROD-test");
  EXPECT_EQ(dataset.splits[2].name, "synROD-train");
  const Sample& sample = dataset.splits[0].samples[1];
  EXPECT_EQ(sample.rgb,
            "ROD-synROD/ROD/rgb-washington/bell_pepper/bell_pepper_2/bell_pepper_2_7_crop.png");
  EXPECT_EQ(
      sample.depth,
      "ROD-synROD/ROD/surfnorm-washington/bell_pepper/bell_pepper_2/bell_pepper_2_7_depthcrop.png");
  EXPECT_EQ(sample.key, "bell_pepper/bell_pepper_2/bell_pepper_2_7_***.png");
  EXPECT_EQ(sample.label, 3);
  EXPECT_EQ(sample.line, 1u);
}

TEST(Layout, RecognisesTheEditionOf2020) {
  const Dataset dataset = recognise(rod_tree("2020", ""), {});
  EXPECT_EQ(dataset.layout, "rod-synrod-2020");
  EXPECT_EQ(dataset.splits[0].samples[0].rgb, "ROD/ROD_rgb/apple/apple_1/apple_1_1_crop.png");
  EXPECT_EQ(dataset.splits[0].samples[0].depth,
            "ROD/ROD_surfnorm/apple/apple_1/apple_1_1_depthcrop.png");
  EXPECT_EQ(dataset.splits[2].samples[0].depth, "synROD/bell_papper/depth/bell_papper_1.png");
}

TEST(Layout, RecognisesHb) {
  MemoryTree tree;
  const std::string syn = "data/HB_Syn_crops_square/", val = "data/HB_val_crops_square/";
  tree.add(syn + "HB_Syn_crops_25k-split_sync_train1.txt", "bear/***/bear_1.png 0\n");
  tree.add(syn + "HB_Syn_crops_25k-split_sync_test1.txt", "cow/***/cow_1.png 1\n");
  tree.add(val + "HB_val_crops_25k-split_sync.txt", "cow/***/cow_5.png 1\n");
  for (const std::string modality : {"rgb", "depth"}) {
    tree.add(syn + "bear/" + modality + "/bear_1.png");
    tree.add(syn + "cow/" + modality + "/cow_1.png");
    tree.add(val + "cow/" + modality + "/cow_5.png");
  }
  const Dataset dataset = recognise(tree, {});
  EXPECT_EQ(dataset.layout, "hb");
  ASSERT_EQ(dataset.splits.size(), 3u);
  EXPECT_EQ(dataset.splits[0].name, "HB_Syn-test");
  EXPECT_EQ(dataset.splits[1].name, "HB_Syn-train");
  EXPECT_EQ(dataset.splits[2].name, "HB_val");
  EXPECT_EQ(dataset.splits[2].samples[0].depth, val + "cow/depth/cow_5.png");
  EXPECT_EQ(dataset.classes, (std::vector<std::string>{"bear", "cow"}));
}

TEST(Layout, StartsAtAnyFolder) {
  for (const std::string above : {"", "ROD-synROD/", "content/datasets/ROD-synROD/"}) {
    EXPECT_EQ(recognise(rod_tree("2022", above), {}).splits.size(), 3u) << above;
  }
}

TEST(Layout, FindsImagesBesideAMovedList) {
  MemoryTree tree = rod_tree("2022", "a/b/");
  std::vector<std::byte> text;
  tree.read("a/b/ROD/wrgbd_40k-split_sync.txt", text);
  tree.remove("a/b/ROD/wrgbd_40k-split_sync.txt");
  tree.add("wrgbd_40k-split_sync.txt",
           std::string(reinterpret_cast<const char*>(text.data()), text.size()));
  const Dataset dataset = recognise(tree, {});
  EXPECT_EQ(dataset.splits[0].samples[0].rgb,
            "a/b/ROD/rgb-washington/apple/apple_1/apple_1_1_crop.png");
}

TEST(Layout, TakesOneInnerFolder) {
  MemoryTree tree;
  tree.add("wrgbd_40k-split_sync.txt", "apple/a_***.png 0\n");
  tree.add("rgb-washington/apple/a_crop.png");
  tree.add("surfnorm-washington/apple/a_depthcrop.png");
  const Dataset dataset = recognise(tree, {});
  ASSERT_EQ(dataset.splits.size(), 1u);
  EXPECT_EQ(dataset.splits[0].folder, "");
}

TEST(Layout, NamesClassesByNumberAsRodDoes) {
  const Dataset dataset = recognise(rod_tree("2022"), {});
  ASSERT_EQ(dataset.classes.size(), 47u);
  EXPECT_EQ(dataset.classes[0], "apple");
  EXPECT_EQ(dataset.classes[3], "bell_pepper") << "synROD's folder is bell_papper";
  EXPECT_EQ(dataset.classes[46], "water_bottle");
}

TEST(Layout, ExplainsWhatItRecognised) {
  EXPECT_EQ(recognise(rod_tree("2020", ""), {}).explanation,
            "ROD-synROD 2020, recognised by ROD/rod-split_sync.txt, "
            "synROD/synARID_50k-split_sync_test1.txt, "
            "synROD/synARID_50k-split_sync_train1.txt; 3 splits, 47 classes, 4 pairs");
}

TEST(Layout, PrefersTheListWhoseImagesAreThere) {
  MemoryTree tree = rod_tree("2022");
  tree.add("old/wrgbd_40k-split_sync.txt", "apple/apple_77/apple_77_***.png 0\n");
  EXPECT_EQ(recognise(tree, {}).splits[0].list, "ROD-synROD/ROD/wrgbd_40k-split_sync.txt");
}

TEST(Layout, AsksToChooseBetweenTwoFittingLists) {
  MemoryTree tree = rod_tree("2022");
  tree.add("ROD-synROD/synROD/synARID_50k-split_sync_train2.txt",
           "bell_papper/***/bell_papper_1.png 3\n");
  EXPECT_NE(error_of(tree).find("choose with --split synROD-train=LIST"), std::string::npos)
      << error_of(tree);
}

TEST(Layout, NamesTheFirstAbsentImagesAndTheirNumber) {
  MemoryTree tree;
  std::string list;
  for (int n = 0; n < 10; ++n) list += "apple/***/a" + std::to_string(n) + ".png 0\n";
  tree.add("synROD/synARID_50k-split_sync_train1.txt", list);
  tree.add("synROD/apple/rgb/a0.png");
  tree.add("synROD/apple/depth/a0.png");
  const std::string error = error_of(tree);
  EXPECT_NE(
      error.find("18 of 20 images that synROD/synARID_50k-split_sync_train1.txt names are absent"),
      std::string::npos)
      << error;
  EXPECT_NE(error.find("synROD/synARID_50k-split_sync_train1.txt:2: synROD/apple/rgb/a1.png"),
            std::string::npos);
  EXPECT_NE(error.find("and 13 more"), std::string::npos) << error;
}

TEST(Layout, KeepsAbsentImagesWhereAllowed) {
  MemoryTree tree = rod_tree("2022");
  tree.remove("ROD-synROD/synROD/bell_papper/depth/bell_papper_1.png");
  EXPECT_EQ(recognise(tree, {"auto", {}, true}).splits[2].samples.size(), 1u);
}

TEST(Layout, TellsWhatItLookedForAndWhatThereIs) {
  MemoryTree nested;
  nested.add("data/train.tar.gz");
  EXPECT_NE(error_of(nested).find("'data/train.tar.gz' is an archive inside it: unpack that"),
            std::string::npos);
  MemoryTree tree;
  tree.add("cats/1.jpg");
  const std::string error = error_of(tree);
  EXPECT_NE(error.find("wrgbd_40k-split_sync.txt"), std::string::npos) << error;
  EXPECT_NE(error.find("cats/1.jpg"), std::string::npos) << error;
}

TEST(Layout, RefusesAnUnknownNameAsUsage) {
  try {
    recognise(rod_tree("2022"), {"imagenet", {}, false});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("auto, rod-synrod, hb, list, folders"),
              std::string::npos)
        << error.what();
  }
}

TEST(Layout, RefusesATreeOfAnotherLayoutThanNamed) {
  EXPECT_NE(error_of(rod_tree("2022"), {"hb", {}, false}).find("no data set was recognised"),
            std::string::npos);
}

TEST(Layout, TakesAListOfTheTreeForASplit) {
  MemoryTree tree = rod_tree("2022");
  tree.add("ROD-synROD/ROD/mine.txt", "apple/apple_1/apple_1_1_***.png 0\n");
  const Dataset dataset = recognise(tree, {"auto", {{"ROD", "ROD-synROD/ROD/mine.txt"}}, false});
  ASSERT_EQ(dataset.splits.size(), 1u);
  EXPECT_EQ(dataset.splits[0].samples.size(), 1u);
  EXPECT_EQ(dataset.layout, "rod-synrod-2022");
  EXPECT_EQ(dataset.classes, std::vector<std::string>{"apple"});
}

TEST(Layout, TakesAListOfTheDiskForASplit) {
  const TemporaryFolder folder;
  io::write_file(folder / "mine.txt", "bell_papper/***/bell_papper_1.png 3\n");
  const Dataset dataset =
      recognise(rod_tree("2022"), {"auto", {{"small", (folder / "mine.txt").string()}}, false});
  EXPECT_EQ(dataset.splits.at(0).samples.at(0).rgb,
            "ROD-synROD/synROD/bell_papper/rgb/bell_papper_1.png");
}

TEST(Layout, RefusesSplitNamesThatAreNoFolderNames) {
  for (const char* name : {"", ".", "..", "a/b", ".hidden", "a b"}) {
    EXPECT_NE(error_of(rod_tree("2022"),
                       {"auto", {{name, "ROD-synROD/ROD/wrgbd_40k-split_sync.txt"}}, false})
                  .find("a split's name"),
              std::string::npos)
        << name;
  }
}

TEST(Layout, RefusesAnEmptyList) {
  MemoryTree tree = rod_tree("2022");
  tree.add("empty.txt", "# nothing\n");
  EXPECT_NE(error_of(tree, {"auto", {{"x", "empty.txt"}}, false}).find("holds no sample"),
            std::string::npos);
}

TEST(Layout, NamesALineWithoutStars) {
  MemoryTree tree = rod_tree("2022");
  tree.add("bad.txt", "apple/apple_1/apple_1_1_***.png 0\napple/plain.png 0\n");
  EXPECT_NE(
      error_of(tree, {"auto", {{"x", "bad.txt"}}, false}).find("bad.txt:2: 'apple/plain.png'"),
      std::string::npos);
}

TEST(Layout, TakesTheCoursesSmallLists) {
  MemoryTree tree = rod_tree("2022");
  tree.add("ROD-synROD/ROD/smallROD.txt", "apple/apple_1/apple_1_1_***.png 0");
  tree.add("ROD-synROD/synROD/smallsynROD_train.txt", "bell_papper/***/bell_papper_1.png 3");
  tree.add("ROD-synROD/synROD/smallsynROD_test.txt", "bell_papper/***/bell_papper_1.png 3");
  LayoutOptions options;
  options.smallset = true;
  const Dataset dataset = recognise(tree, options);
  ASSERT_EQ(dataset.splits.size(), 3u);
  EXPECT_EQ(dataset.splits[0].list, "ROD-synROD/ROD/smallROD.txt");
  EXPECT_EQ(dataset.splits[2].name, "synROD-train");
  EXPECT_EQ(dataset.classes.size(), 4u) << "labels 0 to 3";
  EXPECT_NE(error_of(rod_tree("2022"), options).find("the small lists of"), std::string::npos);
}

TEST(Layout, TakesTheCoursesRealSmallLists) {
  const std::filesystem::path lists = std::filesystem::path(ROD_SHARED) / "data/splits/ylu3_small";
  if (!std::filesystem::exists(lists)) GTEST_SKIP() << lists << " is absent";
  MemoryTree tree = rod_tree("2022");
  tree.add("ROD-synROD/ROD/smallROD.txt", io::read_file(lists / "smallROD.txt"));
  for (const std::string part : {"train", "test"}) {
    const std::string name = "smallsynROD_" + part + ".txt";
    tree.add("ROD-synROD/synROD/" + name, io::read_file(lists / name));
  }
  LayoutOptions options;
  options.smallset = options.allow_absent = true;
  const Dataset dataset = recognise(tree, options);
  EXPECT_EQ(dataset.splits.size(), 3u);
  EXPECT_EQ(dataset.classes,
            (std::vector<std::string>{"apple", "ball", "banana", "bell_pepper", "binder"}));
}

// The complete published lists: 32,476 + 37,528 + 7,301 pairs.
TEST(Layout, ResolvesTheCompletePublishedLists) {
  const std::filesystem::path lists = std::filesystem::path(ROD_SHARED) / "data/splits";
  if (!std::filesystem::exists(lists)) GTEST_SKIP() << lists << " is absent";
  MemoryTree tree;
  const auto add_list = [&](const std::string& file, const std::string& as) {
    tree.add(as, io::read_file(lists / file));
  };
  add_list("rod-split_sync.txt", "ROD/rod-split_sync.txt");
  add_list("synARID_50k-split_sync_train1.txt", "synROD/synARID_50k-split_sync_train1.txt");
  add_list("synARID_50k-split_sync_test1.txt", "synROD/synARID_50k-split_sync_test1.txt");
  const Dataset dataset = recognise(tree, {"auto", {}, true});
  EXPECT_EQ(dataset.splits[0].samples.size(), 32'476u);
  EXPECT_EQ(dataset.splits[1].samples.size(), 7'301u);
  EXPECT_EQ(dataset.splits[2].samples.size(), 37'528u);
  EXPECT_EQ(dataset.classes.size(), 47u);
  EXPECT_EQ(dataset.classes[3], "bell_pepper");
}

}  // namespace
}  // namespace rod::dataset
