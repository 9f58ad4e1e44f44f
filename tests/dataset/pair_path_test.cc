#include "dataset/pair_path.h"

#include <gtest/gtest.h>

namespace rod::dataset {
namespace {

// In two parts, as `?` `?` `/` is a trigraph.
const std::string kMarked =
    "ROD_???"
    "/apple/apple_1/apple_1_1_101_***.png";

TEST(PairPath, ReplacesStarsInAFileNameByCropWords) {
  const std::string path = "apple/apple_1/apple_1_1_101_***.png";
  ASSERT_EQ(pair_form(path), PairForm::kName);
  const PairPath pair = pair_path(path, PairForm::kName);
  EXPECT_EQ(pair.rgb, "apple/apple_1/apple_1_1_101_crop.png");
  EXPECT_EQ(pair.depth, "apple/apple_1/apple_1_1_101_depthcrop.png");
}

TEST(PairPath, ReplacesAFolderOfStarsByModality) {
  const std::string path = "bell_papper/***/bell_papper_1_05_00002009.png";
  ASSERT_EQ(pair_form(path), PairForm::kFolder);
  const PairPath pair = pair_path(path, PairForm::kFolder);
  EXPECT_EQ(pair.rgb, "bell_papper/rgb/bell_papper_1_05_00002009.png");
  EXPECT_EQ(pair.depth, "bell_papper/depth/bell_papper_1_05_00002009.png");
}

TEST(PairPath, ReplacesMarksByModality) {
  const PairPath pair = pair_path(kMarked, PairForm::kName);
  EXPECT_EQ(pair.rgb, "ROD_rgb/apple/apple_1/apple_1_1_101_crop.png");
  EXPECT_EQ(pair.depth, "ROD_surfnorm/apple/apple_1/apple_1_1_101_depthcrop.png");
}

TEST(PairPath, HasNoFormWithoutStars) {
  EXPECT_EQ(pair_form("apple/rgb/apple_1.png"), std::nullopt);
  EXPECT_EQ(pair_form("apple/**/apple_1.png"), std::nullopt);
}

TEST(PairPath, TakesPartOfAFolderNameForTheNameForm) {
  EXPECT_EQ(pair_form("images_***/a.png"), PairForm::kName);
  EXPECT_EQ(pair_form("a/***"), PairForm::kName);
  EXPECT_EQ(pair_form("***/a.png"), PairForm::kFolder);
}

}  // namespace
}  // namespace rod::dataset
