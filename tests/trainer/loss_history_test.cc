#include "trainer/loss_history.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"

namespace rod {
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
  EXPECT_EQ(history.means(2), (std::vector<double>{1.5, 6}));
}

TEST(LossHistory, NamesTheLossAndTheStepThatDiverged) {
  LossHistory history;
  history.add(losses(1, 1));
  history.add(losses(1, std::numeric_limits<float>::infinity()));
  history.add(losses(1, 1));
  try {
    history.means(30);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailed);
    EXPECT_EQ(std::string(error.what()).find("loss.ent is inf in step 29"), 0u) << error.what();
  }
}

TEST(LossHistory, GoesOnFromItsRows) {
  LossHistory before, after;
  before.add(losses(1, 4));
  after.restore(before.names(), before.rows());
  before.add(losses(2, 8));
  after.add(losses(2, 8));
  EXPECT_EQ(after.means(2), before.means(2));
}

}  // namespace
}  // namespace rod
