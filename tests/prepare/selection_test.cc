#include "prepare/extract/selection.h"

#include "tests/prepare/extract_cases.h"

namespace rod::prepare {
namespace {

archive::TarBytes small_rod() {
  archive::TarBytes tar;
  const std::string rod = "ROD-synROD/ROD/", syn = "ROD-synROD/synROD/";
  tar.file(rod + "wrgbd_40k-split_sync.txt", "a/a_1/a_1_1_***.png 0\n");
  for (const std::string name : {"a/a_1/a_1_1", "a/a_1/a_1_2", "b/b_1/b_1_1"}) {
    tar.file(rod + "rgb-washington/" + name + "_crop.png", "rgb");
    tar.file(rod + "surfnorm-washington/" + name + "_depthcrop.png", "depth");
  }
  for (const std::string name : {"a_05_1.png", "a_05_2.png"}) {
    tar.file(syn + "a/rgb/" + name, "rgb").file(syn + "a/depth/" + name, "depth");
  }
  return tar;
}

TEST_F(ExtractTest, SplitTakesBothImagesOfTheListedPairsAlone) {
  archive::put_file(folder_ / "rod.txt", "a/a_1/a_1_2_***.png 0\nb/b_1/b_1_1_***.png 1");
  archive::put_file(folder_ / "syn.txt", "a/***/a_05_2.png 0\n");
  options_.split = {folder_ / "rod.txt", folder_ / "syn.txt"};
  EXPECT_EQ(run(small_rod()).files, 6u);
  const Tree found = tree();
  EXPECT_EQ(found.count("ROD-synROD/ROD/rgb-washington/a/a_1/a_1_2_crop.png"), 1u);
  EXPECT_EQ(found.count("ROD-synROD/ROD/surfnorm-washington/a/a_1/a_1_2_depthcrop.png"), 1u);
  EXPECT_EQ(found.count("ROD-synROD/ROD/rgb-washington/b/b_1/b_1_1_crop.png"), 1u);
  EXPECT_EQ(found.count("ROD-synROD/synROD/a/depth/a_05_2.png"), 1u);
  EXPECT_EQ(found.count("ROD-synROD/ROD/rgb-washington/a/a_1/a_1_1_crop.png"), 0u);
  EXPECT_EQ(found.count("ROD-synROD/synROD/a/rgb/a_05_1.png"), 0u);
}

TEST_F(ExtractTest, SplitKnowsTheEditionThatWritesTheModality) {
  archive::put_file(folder_ / "rod.txt",
                    "ROD_??"
                    "?/a/a_1/a_1_1_***.png 0\n");
  options_.split = {folder_ / "rod.txt"};
  EXPECT_EQ(run(archive::TarBytes()
                    .file("ROD/ROD_rgb/a/a_1/a_1_1_crop.png", "1")
                    .file("ROD/ROD_surfnorm/a/a_1/a_1_1_depthcrop.png", "2")
                    .file("ROD/ROD_rgb/a/a_1/a_1_2_crop.png", "3"))
                .files,
            2u);
}

TEST_F(ExtractTest, SplitTakesPathsWithoutWildcardsAndObeysGlobsToo) {
  archive::put_file(folder_ / "list.txt", "x/1.png 0\nx/2.png 1\n");
  options_.split = {folder_ / "list.txt"};
  const auto tar = archive::TarBytes()
                       .file("top/x/1.png", "1")
                       .file("top/x/2.png", "2")
                       .file("top/x/3.png", "3");
  EXPECT_EQ(run(tar).files, 2u);
  std::filesystem::remove_all(options_.destination);
  options_.exclude = {"*/1.png"};
  EXPECT_EQ(run(tar).files, 1u);
  EXPECT_EQ(tree().count("top/x/2.png"), 1u);
}

TEST_F(ExtractTest, SplitSaysWhenTheArchiveLacksListedFiles) {
  archive::put_file(folder_ / "rod.txt", "a/a_1/a_1_2_***.png 0\na/a_1/a_1_9_***.png 0\n");
  options_.split = {folder_ / "rod.txt"};
  EXPECT_EQ(kind_of_error(small_rod().finish()), ErrorKind::kBadInput);
  EXPECT_NE(message_.find("lacks 2 of the files"), std::string::npos) << message_;
  EXPECT_EQ(tree().count("ROD-synROD/ROD/rgb-washington/a/a_1/a_1_2_crop.png"), 1u);
  options_.split = {folder_ / "wrgbd_40k-split_sync.txt"};
  EXPECT_EQ(kind_of_error(), ErrorKind::kBadInput);
  EXPECT_NE(message_.find("--include '*wrgbd_40k-split_sync.txt'"), std::string::npos) << message_;
}

}  // namespace
}  // namespace rod::prepare
