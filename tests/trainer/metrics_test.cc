#include "trainer/log/metrics.h"

#include <gtest/gtest.h>

#include <fstream>

#include "io/file.h"
#include "tests/temporary_folder.h"

namespace rod::trainer {
namespace {

class MetricsTest : public testing::Test {
 protected:
  // As a new process would.
  Metrics open(std::uint64_t up_to_step) {
    flush();
    files_ = std::make_shared<store::SmallFiles>();
    return Metrics(files_, {folder_.path(), folder_ / "local"}, {"step", "loss", "accuracy"},
                   [=](const MetricsRow& row) { return row.value("step", 0u) <= up_to_step; });
  }
  void flush() { files_->flush_to(folder_.path(), /*fresh=*/false, /*sync=*/false); }
  std::string jsonl() {
    flush();
    return io::read_file(folder_ / "metrics.jsonl");
  }
  std::string csv() {
    flush();
    return io::read_file(folder_ / "metrics.csv");
  }

  const TemporaryFolder folder_;
  std::shared_ptr<store::SmallFiles> files_ = std::make_shared<store::SmallFiles>();
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
  open(0).add({{"step", 10}, {"loss", 0.1}});
  flush();
  std::ofstream(folder_ / "metrics.jsonl", std::ios::app) << "{\"step\":11,\"lo";
  const Metrics metrics = open(99);
  EXPECT_EQ(jsonl(), "{\"step\":10,\"loss\":0.1}\n");
}

TEST_F(MetricsTest, TakesTheLongerOfTwoCopies) {
  open(0).add({{"step", 10}, {"loss", 0.1}});
  files_->flush_to(folder_ / "local", /*fresh=*/false, /*sync=*/false);
  io::write_file(folder_ / "metrics.jsonl", "");  // the drive has not got it
  files_ = std::make_shared<store::SmallFiles>();
  const Metrics metrics = open(10);
  EXPECT_EQ(jsonl(), "{\"step\":10,\"loss\":0.1}\n");
}

TEST_F(MetricsTest, KeepsTheDigitsOfANumber) {
  { open(0).add({{"step", 10}, {"loss", 0.1 + 0.2}}); }
  const std::string before = jsonl();
  const Metrics again = open(10);
  EXPECT_EQ(jsonl(), before);
}

}  // namespace
}  // namespace rod::trainer
