#include "trainer/learning/loss_history.h"

#include <gtest/gtest.h>

#include <limits>

namespace rod::trainer {
namespace {

NamedLosses losses(float cls, float ent) {
  return {{"loss.cls", torch::tensor(cls)}, {"loss.ent", torch::tensor(ent)}};
}

TEST(LossHistory, AveragesTheStepsSinceItWasCleared) {
  LossHistory history;
  history.add(losses(100, 100));
  history.clear();
  EXPECT_TRUE(history.empty());
  history.add(losses(1, 4));
  history.add(losses(2, 8));
  EXPECT_EQ(history.means(), (std::vector<double>{1.5, 6}));
}

TEST(LossHistory, NamesTheLossAndTheStepThatDiverged) {
  LossHistory history;
  history.add(losses(1, 1));
  history.add(losses(1, std::numeric_limits<float>::infinity()));
  history.add(losses(1, 1));
  const auto divergence = history.divergence(30);
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->loss, "loss.ent");
  EXPECT_EQ(divergence->step, 29u);
  EXPECT_EQ(divergence->value, std::numeric_limits<double>::infinity());
  history.clear();
  history.add(losses(1, 1));
  EXPECT_FALSE(history.divergence(31));
}

TEST(LossHistory, GoesOnFromItsRows) {
  LossHistory before, after;
  before.add(losses(1, 4));
  after.restore(before.names(), before.rows());
  before.add(losses(2, 8));
  after.add(losses(2, 8));
  EXPECT_EQ(after.means(), before.means());
}

}  // namespace
}  // namespace rod::trainer
