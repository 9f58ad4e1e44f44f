#include "trainer/learning/predict.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "tests/temporary_folder.h"
#include "tests/trainer/tiny_dataset.h"
#include "trainer/commands/prediction_lines.h"
#include "trainer/learning/learner.h"

namespace rod::trainer {
namespace {

TEST(TopClasses, AreTheFiveMostProbableBestFirstAndTheSmallerLabelOfEquals) {
  const auto predictions = top_classes(
      torch::tensor({{0.f, 2.f, 1.f, 2.f, -3.f, 5.f, 0.f}, {1.f, 1.f, 1.f, 1.f, 1.f, 1.f, 1.f}}),
      10);
  ASSERT_EQ(predictions.size(), 2u);
  EXPECT_EQ(predictions[1].sample, 11u);
  std::vector<std::size_t> labels;
  for (const Guess& guess : predictions[0].top) labels.push_back(guess.label);
  EXPECT_EQ(labels, (std::vector<std::size_t>{5, 1, 3, 2, 0}));
  EXPECT_DOUBLE_EQ(predictions[1].top[4].probability, 1. / 7);
  EXPECT_EQ(predictions[1].top[4].label, 4u);
}

TEST(TopClasses, RefuseOutputsThatAreNotFinite) {
  EXPECT_THROW(top_classes(torch::tensor({{0.f, std::numeric_limits<float>::quiet_NaN()}}), 0),
               Error);
}

TEST(Predict, AnswersAsEvaluateDoesWithTheSoftmaxOfTheSameLogits) {
  const TemporaryFolder folder;
  write_tiny_dataset(folder.path());
  const TrainConfig config = tiny_config(folder.path(), "");
  const Split split = open_split(config.data, open_dataset(config.data), "ROD");
  Learner learner = make_learner(config, kTinyClasses, torch::kCPU);
  const auto never = [] { return false; };
  const auto evaluation = evaluate(learner.network, split, torch::kCPU, {4, 0, 1}, never);
  std::vector<std::int64_t> answers;
  ASSERT_TRUE(predict(learner.network, split, torch::kCPU, {4, 0, 1}, never,
                      [&](const Prediction& prediction) {
                        EXPECT_EQ(prediction.sample, answers.size());
                        EXPECT_EQ(prediction.top.size(), kTinyClasses);
                        answers.push_back(static_cast<std::int64_t>(prediction.top[0].label));
                      }));
  EXPECT_EQ(answers, evaluation->answers);
  EXPECT_FALSE(predict(
      learner.network, split, torch::kCPU, {4, 0, 1}, [] { return true; },
      [](const Prediction&) {}));
}

const Prediction kPrediction{0, {{1, 0.75}, {0, 0.25}}};
const std::vector<std::string> kClasses = {"cup", "=1+\"mug\""};

TEST(PredictionLines, QuoteCellsOfCsvThatHoldCommasQuotesOrLineBreaks) {
  EXPECT_EQ(csv_line(kPrediction, "a,b\n.png", kClasses),
            "\"a,b\n.png\",\"=1+\"\"mug\"\"\",0.75,cup,0.25,,,,,,\n");
  EXPECT_EQ(csv_header(),
            "file,class,probability,class_2,probability_2,class_3,probability_3,class_4,"
            "probability_4,class_5,probability_5\n");
}

TEST(PredictionLines, EscapeNamesInJsonAndReplaceWhatIsNotUtf8) {
  EXPECT_EQ(json_line(kPrediction, "a\"\n\xFF", kClasses),
            "{\"file\":\"a\\\"\\n\xEF\xBF\xBD\",\"class\":\"=1+\\\"mug\\\"\",\"probability\":0.75,"
            "\"top\":[{\"class\":\"=1+\\\"mug\\\"\",\"probability\":0.75},"
            "{\"class\":\"cup\",\"probability\":0.25}]}\n");
}

TEST(PredictionLines, ShowControlCharactersOnATerminal) {
  EXPECT_EQ(text_line(kPrediction, "a\x1b[31m", kClasses),
            "a\\x1b[31m  =1+\"mug\" 75.0%, cup 25.0%\n");
}

}  // namespace
}  // namespace rod::trainer
