#include "store/checkpoint_queue.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rod::store {
namespace {

using Kind = CheckpointFile::Kind;
using std::chrono::steady_clock;

class Bytes : public CheckpointContent {
 public:
  explicit Bytes(std::uint64_t bytes) : bytes_(bytes) {}
  std::uint64_t bytes() const override { return bytes_; }
  void prepare() override {}
  void write(const io::ByteSink&) const override {}

 private:
  const std::uint64_t bytes_;
};

CheckpointFile state(std::uint64_t step, std::uint64_t bytes = 1) {
  CheckpointFile file;
  file.step = step;
  file.content = std::make_unique<Bytes>(bytes);
  return file;
}

CheckpointFile best() {
  CheckpointFile file = state(0);
  file.kind = Kind::kBest;
  return file;
}

CheckpointFile local(CheckpointFile file) {
  file.stage = Stage::kLocal;
  file.content.reset();
  return file;
}

class CheckpointQueueTest : public testing::Test {
 protected:
  // The steps that the writer is given, in order.
  std::vector<std::uint64_t> taken_from_memory() {
    queue_.stop();
    std::vector<std::uint64_t> steps;
    while (const auto file = queue_.take_from_memory()) steps.push_back(file->step);
    return steps;
  }
  CheckpointQueue::Round failed(std::optional<CheckpointFile> file) {
    CheckpointQueue::Round round;
    round.file = std::move(file);
    round.trouble = "the drive fails";
    return round;
  }
  CheckpointQueue::Round done(std::optional<CheckpointFile> file) {
    CheckpointQueue::Round round;
    round.file = std::move(file);
    round.done = true;
    return round;
  }

  CheckpointQueue queue_{3, std::nullopt};
};

TEST_F(CheckpointQueueTest, KeepsTheNewestInMemory) {
  for (const std::uint64_t step : {1, 2, 3, 4, 5}) queue_.put(state(step));
  EXPECT_EQ(taken_from_memory(), (std::vector<std::uint64_t>{3, 4, 5}));
}

TEST_F(CheckpointQueueTest, KeepsOneOfThoseThatTakeMuchMemory) {
  for (const std::uint64_t step : {1, 2, 3}) queue_.put(state(step, 1u << 30));
  EXPECT_EQ(taken_from_memory(), std::vector<std::uint64_t>{3});
}

TEST_F(CheckpointQueueTest, ReturnsTheOldestThatWaitsWhenThereAreTooMany) {
  for (const std::uint64_t step : {1, 2, 3})
    EXPECT_TRUE(queue_.put_written(local(state(step))).empty());
  const auto dropped = queue_.put_written(local(state(4)));
  ASSERT_EQ(dropped.size(), 1u);
  EXPECT_EQ(dropped[0].step, 1u);
  EXPECT_EQ(queue_.take_to_publish(false)->step, 2u);
}

TEST_F(CheckpointQueueTest, GivesTheBestNetworkFirstUnlessItHasFailed) {
  queue_.put_written(local(state(1)));
  queue_.put_written(local(best()));
  auto first = queue_.take_to_publish(/*states_first=*/false);
  EXPECT_TRUE(first->is_best());
  EXPECT_TRUE(queue_.safety().silent);
  queue_.end_round(failed(std::move(first)));
  EXPECT_FALSE(queue_.safety().silent);
  EXPECT_EQ(queue_.safety().trouble, "the drive fails");
  EXPECT_FALSE(queue_.take_to_publish(/*states_first=*/true)->is_best());
}

TEST_F(CheckpointQueueTest, PutsWhatFailedBackBeforeTheLaterOnes) {
  queue_.put_written(local(state(1)));
  queue_.put_written(local(state(2)));
  auto first = queue_.take_to_publish(false);
  EXPECT_FALSE(queue_.rest().idle);
  EXPECT_TRUE(queue_.end_round(failed(std::move(first))).empty());
  EXPECT_EQ(queue_.take_to_publish(false)->step, 1u);
}

TEST_F(CheckpointQueueTest, DropsABestNetworkThatFailedWhenThereIsABetterOne) {
  queue_.put_written(local(best()));
  auto old = queue_.take_to_publish(false);
  queue_.put_written(local(best()));
  EXPECT_EQ(queue_.end_round(failed(std::move(old))).size(), 1u);
}

TEST_F(CheckpointQueueTest, SaysHowSafeTheWorkIs) {
  CheckpointFile file = local(state(1));
  const auto taken = file.taken;
  queue_.put_written(std::move(file));
  EXPECT_EQ(queue_.safety().local, taken);
  EXPECT_FALSE(queue_.safety().safe);
  queue_.end_round(done(queue_.take_to_publish(false)));
  EXPECT_EQ(queue_.safety().safe, taken);
  EXPECT_FALSE(queue_.safety().local);
  EXPECT_TRUE(queue_.rest().idle);
}

TEST_F(CheckpointQueueTest, RemembersThatTheNewestStateWasLostUntilTheNext) {
  queue_.put_written(local(state(1)));
  CheckpointQueue::Round round = failed(queue_.take_to_publish(false));
  round.lost = true;
  queue_.end_round(std::move(round));
  EXPECT_TRUE(queue_.rest().idle);
  EXPECT_TRUE(queue_.rest().lost);
  queue_.put_written(local(state(2)));
  EXPECT_FALSE(queue_.rest().lost);
}

TEST_F(CheckpointQueueTest, ThrowsWhatEndsTheRunAndStops) {
  CheckpointQueue::Round round = failed(std::nullopt);
  round.fatal = std::make_exception_ptr(Error(ErrorKind::kFailed, "the lock is lost"));
  queue_.end_round(std::move(round));
  EXPECT_THROW(queue_.throw_if_failed(), Error);
  EXPECT_TRUE(queue_.view().stop);
}

TEST_F(CheckpointQueueTest, WaitsUntilSomethingHasChanged) {
  const auto version = queue_.view().version;
  const auto start = steady_clock::now();
  queue_.wait(version, start + std::chrono::milliseconds(1));
  queue_.put(state(1));
  queue_.wait(version, start + std::chrono::hours(1));  // has changed since: returns at once
  EXPECT_LT(steady_clock::now() - start, std::chrono::minutes(1));
}

}  // namespace
}  // namespace rod::store
