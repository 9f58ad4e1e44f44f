#include "trainer/report/report.h"

#include <gtest/gtest.h>

#include <sstream>

#include "base/error.h"
#include "tests/temporary_folder.h"
#include "tests/trainer/tiny_dataset.h"
#include "trainer/report/domain_features.h"
#include "trainer/report/html.h"
#include "trainer/report/line_chart.h"
#include "trainer/report/worst_classes.h"
#include "trainer/tensor/tensor_io.h"

namespace rod::trainer {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

class ReportTest : public testing::Test {
 protected:
  void SetUp() override {
    write_tiny_dataset(folder_.path());
    manifest_ = open_dataset(config_.data);
    splits_ = open_splits(config_, manifest_);
    curves_.add({{"step", 5}, {"lr", 0.1}, {"loss.cls", 1.5}, {"pairs_per_second", 812.4}});
    curves_.add({{"step", 5}, {"accuracy.synROD-test", 0.75}, {"accuracy.ROD", 0.5}});
    // Apples are right, balls are taken for caps, and of 5 caps 2 for apples.
    for (std::uint64_t n = 0; n < kTinyTarget; ++n) {
      const auto label = splits_.target->label(n);
      target_.answers.push_back(label == 0 ? 0 : label == 1 ? 2 : n < 8 ? 0 : 2);
    }
    target_.confusion = {{6, 0, 0}, {0, 0, 6}, {2, 0, 3}};
    evaluations_ = {{"ROD", target_}, {"synROD-test", target_}};
  }

  std::string page(std::uint64_t step = 5) const {
    RunState state;
    state.step = step;
    state.best_accuracy = 0.53;
    return report_page(
        {"my run", config_, manifest_, splits_, curves_, evaluations_, state, 5, 15});
  }

  const TemporaryFolder folder_;
  const TrainConfig config_ = tiny_config(folder_.path(), folder_ / "run");
  shard::Manifest manifest_;
  Splits splits_;
  Curves curves_;
  Evaluation target_;
  std::map<std::string, Evaluation> evaluations_;
};

TEST_F(ReportTest, NeedsNoScriptAndNothingFromElsewhere) {
  const std::string text = page();
  EXPECT_EQ(count(text, "<script"), 0u);
  EXPECT_EQ(count(text, "://"), 0u);
  EXPECT_EQ(count(text, "src=\""), count(text, "src=\"data:image/png;base64,"));
}

TEST_F(ReportTest, TellsWhatWasTrainedOnWhatAndHowWell) {
  const std::string text = page();
  for (const char* expected : {"my run", "resnet10-slim", "1 of 3 epochs", "52.9%", "53.0%", "812",
                               "ball taken for cap: 6 of 6, 100.0%", "--weight-decay"}) {
    EXPECT_GE(count(text, expected), 1u) << expected;
  }
  EXPECT_EQ(count(text, manifest_.fingerprint), 1u);
  EXPECT_EQ(count(text, "<polyline"), 3u) << "two accuracies and a loss";
  EXPECT_EQ(count(text, "class=\"bar\""), 3u);
}

TEST_F(ReportTest, ShowsPairsOfTheWorstClassesWithTheirAnswers) {
  const auto worst = worst_classes(target_, *splits_.target, 9, 4);
  ASSERT_EQ(worst.size(), 2u) << "apples are all right";
  EXPECT_EQ(worst[0].label, 1u);
  EXPECT_EQ(worst[0].mistakes.size(), 4u);
  EXPECT_EQ(worst[1].label, 2u);
  EXPECT_EQ(worst[1].answers, (std::vector<std::pair<std::size_t, std::uint64_t>>{{0, 2}}));
  for (const Mistake& mistake : worst[1].mistakes) {
    EXPECT_EQ(splits_.target->label(mistake.sample), 2);
    EXPECT_EQ(mistake.answer, 0u);
  }
  EXPECT_EQ(count(page(), "<img"), 2 * (6 + 2u));
}

TEST_F(ReportTest, ShowsTheFeaturesOfBothDomainsOnceTheRunIsDone) {
  evaluations_["synROD-test"].features = torch::arange(36, torch::kFloat).view({9, 4});
  evaluations_["synROD-test"].featured = torch::arange(9, torch::kLong);
  evaluations_["ROD"].features = -torch::arange(68, torch::kFloat).view({17, 4}) - 1;
  evaluations_["ROD"].featured = torch::arange(17, torch::kLong);
  EXPECT_EQ(count(page(), "t-SNE"), 0u) << "in progress";
  const std::string text = page(15);
  EXPECT_EQ(count(text, "class=\"scatter\""), 4u);
  EXPECT_EQ(count(text, "Proxy A-distance 2.00"), 1u);
  EXPECT_EQ(count(text, "<title>cap of ROD</title>"), 2u);
  const std::string panels = text.substr(text.find("class=\"panels\""));
  EXPECT_EQ(count(panels.substr(0, panels.find("</section>")), "h0"), 4 * (9 + 17u))
      << "every sample is in each picture";
  EXPECT_EQ(text.substr(0, text.find("<footer>")), page(15).substr(0, text.find("<footer>")));
  evaluations_["ROD"].features = torch::Tensor();
  EXPECT_EQ(count(page(15), "class=\"scatter\""), 0u);
}

TEST(DomainFeatures, NamesTheClassesThatOccur) {
  std::vector<std::string> classes;
  for (int label = 0; label < 51; ++label)
    classes.push_back("class-" + std::to_string(label) + "!");
  const auto samples = [](const char* split, std::vector<std::int64_t> labels) {
    const auto count = static_cast<std::int64_t>(labels.size());
    return SplitFeatures{split, torch::rand({count, 3}, torch::kDouble), std::move(labels)};
  };
  const std::string text = feature_pictures(
      {samples("train", {7, 7, 30, 7}), samples("ROD", {30, 30, -1, 30, 49}), classes});
  const std::string legend = text.substr(0, text.find("class=\"panels\""));
  EXPECT_EQ(count(legend, "class-"), 3u) << legend;
  for (const char* name : {"class-7!", "class-30!", "class-49!"})
    EXPECT_EQ(count(legend, name), 1u) << name;
  EXPECT_EQ(count(legend, "hsl(120 "), 1u) << "the second of three colours";
  EXPECT_EQ(count(text, "<title>other of ROD</title>"), 2u);
  EXPECT_EQ(count(text, "<title>class-30! of ROD</title>"), 2u);
}

TEST_F(ReportTest, ShowsConfusionsOfTheClassesThatOccur) {
  manifest_.classes.push_back("unseen");
  for (auto& row : target_.confusion) row.push_back(0);
  target_.confusion.push_back({0, 0, 0, 0});
  evaluations_ = {{"ROD", target_}, {"synROD-test", target_}};
  EXPECT_EQ(count(page(), ">unseen</text>"), 0u);
  evaluations_.at("ROD").confusion[0][3] = 1;
  EXPECT_EQ(count(page(), ">unseen</text>"), 1u) << "a column: it is a prediction";
}

TEST(DomainFeatures, ReadsWhatEvalWritesAndRefusesWhatDoesNotFit) {
  const TemporaryFolder folder;
  const auto write = [&](std::int64_t source_width, double value, const char* source) {
    const NamedTensors tensors = {
        {std::string(source) + ".features", torch::rand({6, source_width})},
        {std::string(source) + ".label", torch::zeros({6}, torch::kLong)},
        {"ROD.features", torch::full({30, 4}, value, torch::kFloat)},
        {"ROD.label", torch::arange(30, torch::kLong)}};
    TensorSnapshot snapshot;
    snapshot.add("", tensors);
    shard::write_safetensors(folder / "f.safetensors", snapshot.data(),
                             {{"class_names", R"(["apple","ball"])"}});
  };
  const auto read = [&] {
    return read_domain_features(folder / "f.safetensors", "synROD-test", "ROD", 10);
  };
  write(4, 1, "synROD-test");
  EXPECT_EQ(read().target.rows.sizes(), (std::vector<std::int64_t>{10, 4}));
  EXPECT_EQ(read().target.labels[3], 9);
  EXPECT_EQ(read().classes, (std::vector<std::string>{"apple", "ball"}));
  write(4, 1, "train");
  EXPECT_EQ(read().source.split, "train") << "the only other split";
  const auto expect_refused = [&](const std::string& what) {
    try {
      read();
      ADD_FAILURE() << what;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
      EXPECT_NE(std::string(error.what()).find(what), std::string::npos) << error.what();
    }
  };
  write(4, INFINITY, "synROD-test");
  expect_refused("ROD.features has values that are not finite");
  write(5, 1, "synROD-test");
  expect_refused("have 5 values, but those of ROD 4");
}

TEST_F(ReportTest, EscapesNames) {
  manifest_.classes[1] = "<b onclick='x'>&";
  EXPECT_EQ(count(page(), "<b onclick"), 0u);
  EXPECT_GE(count(page(), "&lt;b onclick=&#39;x&#39;&gt;&amp;"), 1u);
}

TEST(Html, WritesBase64AsItsStandardSays) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xFB\xFF"), "+/8=");
}

TEST(LineChart, MarksItsAxesWithRoundNumbers) {
  for (const double max : {0.013, 0.7, 1.0, 3.85, 40.0, 23440.0}) {
    const auto marks = axis_marks(max);
    EXPECT_GE(marks.size(), 4u) << max;
    EXPECT_LE(marks.size(), 8u) << max;
    EXPECT_EQ(marks.front(), 0);
    EXPECT_GE(marks.back(), max);
  }
}

TEST(LineChart, GivesCurvesOfOneNameOneColour) {
  const std::string svg =
      line_chart({{"rr", {{1, 2}}}, {"mmd", {{1, 3}}}, {"rr", {{1, 4}}}}, {"step", false});
  EXPECT_EQ(count(svg, "<span>"), 2u);
  EXPECT_EQ(count(svg, "<polyline fill=\"none\" stroke=\"#155899\""), 2u);
}

TEST(LineChart, ThinsACurveToItsNeighboursMeans) {
  EXPECT_EQ(thinned({{1, 10}, {2, 20}}, 2).size(), 2u);
  const auto few = thinned({{1, 10}, {2, 20}, {3, 60}}, 2);
  ASSERT_EQ(few.size(), 2u);
  EXPECT_EQ(few[0].x, 1.5);
  EXPECT_EQ(few[0].y, 15);
  EXPECT_EQ(few[1].y, 60);
}

}  // namespace
}  // namespace rod::trainer
