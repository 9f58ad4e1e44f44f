#include "trainer/criteria/criterion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "base/error.h"
#include "tests/trainer/parity_script.h"
#include "trainer/log/curves.h"
#include "trainer/report/selection.h"

namespace rod::trainer {
namespace {

// Of 2 C samples, two of each class, each as sure as `scale` makes it.
torch::Tensor sure_logits(std::int64_t classes, double scale) {
  return (torch::eye(classes) * scale).repeat({2, 1});
}

TEST(Criteria, OfSureAndDiversePredictionsHaveTheirKnownValues) {
  const auto values = criterion_values(sure_logits(4, 1000));
  EXPECT_NEAR(values.at("im"), std::log(4), 1e-6);
  EXPECT_NEAR(values.at("bnm"), 4 * std::sqrt(2.) / 8, 1e-6);
  // Each sample has one equal neighbour and six at cosine 0: weights 1 and e^-20 of their sum.
  const double sum = 1 + 6 * std::exp(-20), other = std::exp(-20) / sum;
  EXPECT_NEAR(values.at("snd"), std::log(sum) / sum - 6 * other * std::log(other), 1e-6);
}

TEST(Criteria, OfPredictionsThatAreAllAlikeAreWorse) {
  const auto alike = criterion_values(torch::zeros({8, 4}));
  EXPECT_EQ(alike.at("im"), 0);
  EXPECT_NEAR(alike.at("bnm"), std::sqrt(8.) * 0.5 / 8, 1e-6);
  EXPECT_NEAR(alike.at("snd"), std::log(7), 1e-6);
  EXPECT_LT(alike.at("bnm"), criterion_values(sure_logits(4, 5)).at("bnm"));
}

TEST(Criteria, DoNotDependOnTheOrderOfSamplesAndAreFiniteForExtremeLogits) {
  const torch::Tensor logits =
      torch::randn({1100, 7}, torch::kFloat) * 3;  // several blocks of rows
  const auto values = criterion_values(logits);
  for (const auto& [name, value] : criterion_values(logits.flip(0)))
    EXPECT_NEAR(value, values.at(name), 2e-6) << name;
  for (const auto& [name, value] : criterion_values(torch::eye(3) * 1e30f))
    EXPECT_TRUE(std::isfinite(value)) << name;
  EXPECT_EQ(criterion_values(torch::randn({1, 3})).at("snd"), 0);
}

TEST(Criteria, AreThoseOfPytorchAdapt) {
  if (std::string(ROD_TEST_PYTHON).empty())
    GTEST_SKIP() << "configure with -DROD_TEST_PYTHON=PYTHON, one that has pytorch-adapt";
  nlohmann::json cases;
  torch::manual_seed(1);
  for (const auto& [samples, classes, scale] :
       {std::tuple{50, 6, 3.}, std::tuple{300, 47, 1.}, std::tuple{7, 2, 8.}}) {
    const torch::Tensor logits = torch::randn({samples, classes}, torch::kDouble) * scale;
    nlohmann::json rows = nlohmann::json::array();
    for (std::int64_t n = 0; n < samples; ++n) {
      const double* row = logits.data_ptr<double>() + n * classes;
      rows.push_back(std::vector<double>(row, row + classes));
    }
    cases.push_back({{"logits", rows}, {"values", criterion_values(logits)}});
  }
  const int status = run_parity_script("check_criteria.py", cases);
  if (status == kScriptSkipped) GTEST_SKIP() << "there is no Python with pytorch-adapt";
  EXPECT_EQ(status, 0);
}

TEST(Criteria, AnUnknownOneIsRefusedWithTheNames) {
  EXPECT_STREQ(find_criterion("snd").name, "snd");
  try {
    find_criterion("bmn");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("im, bnm, snd"), std::string::npos);
  }
}

TEST(Selection, ShowsWhichEpochEachCriterionTakesAndWhatThatCosts) {
  Curves curves;
  curves.add({{"step", 10}, {"accuracy.ROD", 0.5}, {"criterion.im", 0.1}, {"criterion.snd", 3.}});
  curves.add({{"step", 20}, {"accuracy.ROD", 0.7}, {"criterion.im", 0.4}, {"criterion.snd", 2.}});
  curves.add({{"step", 30}, {"accuracy.ROD", 0.6}, {"criterion.im", 0.4}, {"criterion.snd", 1.}});
  const std::vector<Choice> all = choices(curves, "ROD");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].step, 20u);
  EXPECT_EQ(all[1].step, 20u);
  EXPECT_EQ(all[1].cost, 0);
  EXPECT_EQ(all[2].by, "snd");
  EXPECT_EQ(all[2].step, 10u);
  EXPECT_NEAR(all[2].cost, 0.2, 1e-12);
  const std::string html = selection_section(curves, "ROD", 10);
  EXPECT_NE(html.find("20.0 points"), std::string::npos) << html;
  EXPECT_TRUE(selection_section(curves, "other", 10).empty());
}

}  // namespace
}  // namespace rod::trainer
