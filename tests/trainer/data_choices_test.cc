#include <gtest/gtest.h>

#include "base/error.h"
#include "trainer/input/splits.h"

namespace rod::trainer {
namespace {

// Without any option, on a data set of these splits.
TrainConfig chosen(const std::vector<std::string>& splits, TrainConfig config) {
  shard::Manifest manifest;
  for (const std::string& name : splits) {
    shard::SplitInfo split;
    split.name = name;
    manifest.splits.push_back(split);
  }
  return with_data_choices(std::move(config), manifest);
}

TrainConfig open_config(const std::string& method = "rr") {
  TrainConfig config;
  config.source.clear();
  config.target.clear();
  config.modality.clear();
  config.method = method;
  return config;
}

std::vector<std::string> names(const TrainConfig& config) {
  return {config.source_train(), config.source_test(), config.target};
}

using Names = std::vector<std::string>;

TEST(DataChoices, TakeTheCoursesSplitsWhereTheyAre) {
  const Names splits = {"ROD", "other", "synROD-test", "synROD-train"};
  const Names expected = {"synROD-train", "synROD-test", "ROD"};
  const TrainConfig config = chosen(splits, open_config());
  EXPECT_EQ(names(config), expected);
  EXPECT_EQ(config.source, "synROD");
  EXPECT_EQ(names(chosen(splits, open_config("source-only"))), expected);
  EXPECT_EQ(names(chosen(splits, TrainConfig())), expected);
}

TEST(DataChoices, AdaptFromTheTrainToTheTestSplitWhereThereIsNoOther) {
  EXPECT_EQ(names(chosen({"test", "train"}, open_config())), (Names{"train", "", "test"}));
  EXPECT_EQ(names(chosen({"test", "train"}, open_config("source-only"))),
            (Names{"train", "test", ""}));
}

TEST(DataChoices, AdaptToTheSplitThatIsLeft) {
  EXPECT_EQ(names(chosen({"real", "sim-test", "sim-train"}, open_config())),
            (Names{"sim-train", "sim-test", "real"}));
  EXPECT_EQ(names(chosen({"extra", "train", "val"}, open_config())),
            (Names{"train", "val", "extra"}));
}

TEST(DataChoices, TakeSplitsOfAnyName) {
  TrainConfig config = open_config();
  config.source = "a";
  config.target = "c";
  EXPECT_EQ(names(chosen({"a", "b", "c"}, config)), (Names{"a", "", "c"}));
}

TEST(DataChoices, AreTheSameWhenTheyAreMadeAgain) {
  for (const char* method : {"rr", "source-only"}) {
    const TrainConfig once = chosen({"test", "train"}, open_config(method));
    EXPECT_EQ(names(chosen({"test", "train"}, once)), names(once));
  }
}

TEST(DataChoices, TakeTheImagesThatThereAre) {
  EXPECT_EQ(chosen({"test", "train"}, open_config()).modality, "rgbd");
  shard::Manifest manifest;
  manifest.pixels.depth = shard::DepthKind::kNone;
  for (const char* name : {"test", "train"}) manifest.splits.emplace_back().name = name;
  EXPECT_EQ(with_data_choices(open_config(), manifest).modality, "rgb");
  EXPECT_EQ(with_data_choices(open_config(), manifest).method, "rr") << "as it was given";
  EXPECT_EQ(with_data_choices(open_config(""), manifest).method, "rotation");
  EXPECT_EQ(chosen({"test", "train"}, open_config("")).method, "rr");
  manifest.pixels = {32, 32, shard::DepthKind::kRaw16, /*depth_alone=*/true};
  EXPECT_EQ(with_data_choices(open_config(""), manifest).modality, "depth");
  EXPECT_EQ(with_data_choices(open_config(""), manifest).method, "rotation");
  EXPECT_EQ(with_data_choices(open_config(""), manifest).depth_input, "normals");
  TrainConfig one = open_config("");
  one.modality = "rgb";
  EXPECT_EQ(chosen({"test", "train"}, one).method, "rotation") << "rr compares two modalities";
}

TEST(DataChoices, NameTheSplitsAndTheOptionWhereThereIsNoChoice) {
  const auto refusal = [](const Names& splits, const TrainConfig& config) -> std::string {
    try {
      chosen(splits, config);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const Names splits = {"a", "b", "c"};
  for (const char* text : {"--source", "a, b, c"}) {
    EXPECT_NE(refusal(splits, open_config()).find(text), std::string::npos) << text;
  }
  TrainConfig config = open_config();
  config.source = "a";
  for (const char* text : {"--target", "a, b, c", "source-only"}) {
    EXPECT_NE(refusal(splits, config).find(text), std::string::npos) << text;
  }
  config.target = "d";
  EXPECT_NE(refusal(splits, config).find("has no split 'd', it has a, b, c"), std::string::npos);
  config = open_config("source-only");
  config.source = "a";
  EXPECT_NE(refusal(splits, config).find("nothing to evaluate on"), std::string::npos);
}

}  // namespace
}  // namespace rod::trainer
