#include "trainer/report/report.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/temporary_folder.h"
#include "tests/trainer/tiny_dataset.h"
#include "trainer/report/html.h"
#include "trainer/report/line_chart.h"
#include "trainer/report/worst_classes.h"

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

  std::string page() const {
    RunState state;
    state.step = 5;
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
