#include "dataset/split_list.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rod::dataset {
namespace {

std::string error_of(const std::string& text) {
  try {
    parse_split_list(text, "lists/my.txt");
  } catch (const BadInput& error) {
    return error.what();
  }
  return "";
}

TEST(SplitList, ReadsPathLabelAndLine) {
  const auto samples = parse_split_list("apple/***/a.png 0\nball/***/b.png 46\n", "list");
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[1].path, "ball/***/b.png");
  EXPECT_EQ(samples[1].label, 46);
  EXPECT_EQ(samples[1].line, 1u);
}

TEST(SplitList, AcceptsAMissingLastNewline) {
  const auto samples = parse_split_list("a/***/a.png 0\nb/***/b.png 1", "list");
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[1].label, 1);
}

TEST(SplitList, AcceptsCarriageReturns) {
  const auto samples = parse_split_list("a/***/a.png 0\r\nb/***/b.png 1\r\n", "list");
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].label, 0);
  EXPECT_EQ(samples[1].path, "b/***/b.png");
}

TEST(SplitList, AcceptsTabsAndRunsOfBlanks) {
  const auto samples = parse_split_list("  a_***.png\t \t7  \n", "list");
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].path, "a_***.png");
  EXPECT_EQ(samples[0].label, 7);
}

TEST(SplitList, CountsBlankLinesAndCommentsAsLines) {
  const auto samples =
      parse_split_list("\xEF\xBB\xBF# mine\n\n \t\na_***.png 3\n  # end\n", "list");
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].line, 3u);
}

TEST(SplitList, OfNothingIsEmpty) {
  EXPECT_TRUE(parse_split_list("", "list").empty());
}

TEST(SplitList, NamesListAndLineOfALineWithoutLabel) {
  EXPECT_EQ(error_of("a_***.png 0\nb_***.png\n"),
            "lists/my.txt:2: expected `path label`, found 1 field in 'b_***.png'");
}

TEST(SplitList, RefusesMoreThanTwoFields) {
  EXPECT_NE(error_of("my apple_***.png 0\n")
                .find("lists/my.txt:1: expected `path label`, found 3 fields"),
            std::string::npos);
}

TEST(SplitList, RefusesLabelsThatAreNoNumbersInRange) {
  for (const char* label :
       {"-1", "x", "1.5", "0x2", "65536", "99999999999999999999", "3apple", "+1"}) {
    EXPECT_NE(error_of(std::string("a_***.png ") + label).find("expected a label in 0..65535"),
              std::string::npos)
        << label;
  }
  EXPECT_EQ(parse_split_list("a_***.png 65535", "list")[0].label, 65'535);
}

TEST(SplitList, RefusesPathsThatLeaveTheTree) {
  for (const char* path : {"../a_***.png", "a/../../b_***.png", "a/..", "/etc/passwd", "..",
                           "a//b_***.png", "./a_***.png", "a\\b_***.png", "a/\x01_***.png"}) {
    EXPECT_NE(error_of(std::string(path) + " 0\n").find("lists/my.txt:1: the path '"),
              std::string::npos)
        << path;
  }
  EXPECT_EQ(parse_split_list("a..b/...c_***.png 0", "list").size(), 1u)
      << "dots inside names are names";
}

TEST(SplitList, QuotesLongLinesInPart) {
  EXPECT_LT(error_of(std::string(100'000, 'x')).size(), 300u);
}

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
