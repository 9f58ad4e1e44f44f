#include "trainer/metrics.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/temporary_folder.h"

namespace rod {
namespace {

class MetricsTest : public testing::Test {
 protected:
  Metrics open(std::uint64_t up_to_step) {
    return Metrics(folder_ / "m.jsonl", folder_ / "m.csv", {"step", "loss", "accuracy"},
                   [=](const MetricsRow& row) { return row.value("step", 0u) <= up_to_step; });
  }
  std::string jsonl() const { return read_file(folder_ / "m.jsonl"); }
  std::string csv() const { return read_file(folder_ / "m.csv"); }

  const TemporaryFolder folder_;
};

TEST_F(MetricsTest, WritesEveryRowToBothFiles) {
  Metrics metrics = open(0);
  metrics.add({{"step", 10}, {"loss", 0.5}, {"extra", 1}});
  metrics.add({{"step", 20}, {"accuracy", 0.25}});
  EXPECT_EQ(jsonl(), "{\"step\":10,\"loss\":0.5,\"extra\":1}\n{\"step\":20,\"accuracy\":0.25}\n");
  EXPECT_EQ(csv(), "step,loss,accuracy\n10,0.5,\n20,,0.25\n");
}

TEST_F(MetricsTest, DropsWhatARunWroteAfterItsCheckpoint) {
  {
    Metrics metrics = open(0);
    for (const int step : {10, 20, 30}) metrics.add({{"step", step}, {"loss", 0.1}});
  }
  Metrics metrics = open(20);
  metrics.add({{"step", 30}, {"loss", 0.7}});
  EXPECT_EQ(csv(), "step,loss,accuracy\n10,0.1,\n20,0.1,\n30,0.7,\n");
}

TEST_F(MetricsTest, DropsALineThatAKillCutInTwo) {
  { open(0).add({{"step", 10}, {"loss", 0.1}}); }
  std::ofstream(folder_ / "m.jsonl", std::ios::app) << "{\"step\":11,\"lo";
  const Metrics metrics = open(99);
  EXPECT_EQ(jsonl(), "{\"step\":10,\"loss\":0.1}\n");
}

TEST_F(MetricsTest, KeepsTheDigitsOfANumber) {
  { open(0).add({{"step", 10}, {"loss", 0.1 + 0.2}}); }
  const std::string before = jsonl();
  const Metrics again = open(10);
  EXPECT_EQ(jsonl(), before);
}

}  // namespace
}  // namespace rod
