#include "store/checkpoint_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "base/error.h"
#include "io/file.h"
#include "tests/temporary_folder.h"

namespace rod::store {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class TextState : public CheckpointContent {
 public:
  explicit TextState(std::string text, std::string refusal = {})
      : text_(std::move(text)), refusal_(std::move(refusal)) {}
  std::uint64_t bytes() const override { return text_.size(); }
  void prepare() override {
    if (!refusal_.empty()) throw Error(ErrorKind::kFailed, refusal_);
  }
  void write(const io::ByteSink& sink) const override { sink(std::as_bytes(std::span(text_))); }

 private:
  std::string text_, refusal_;
};

class CheckpointStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(run_);
    fs::create_directories(local_);
    open();
  }
  void TearDown() override { store_.reset(); }

  void open(std::uint64_t resumed_step = 0) {
    store_.reset();
    take_lock();
    CheckpointStore::Options options{
        run_, {local_, separate_}, 3, {}, [this](const std::string& text) {
          const std::lock_guard guard(mutex_);
          said_ += text + "\n";
        }};
    store_ =
        std::make_unique<CheckpointStore>(options, files_, lock_, NewestPointer{resumed_step, 0});
  }

  void take_lock() {
    const std::weak_ptr<RunLock> before = std::exchange(lock_, nullptr);
    while (!before.expired()) std::this_thread::yield();  // a thread lets go of it last
    lock_ = std::make_shared<RunLock>(run_);
  }
  void save(std::uint64_t step) {
    store_->save(step, double(step), std::make_unique<TextState>(text(step)));
  }
  static std::string text(std::uint64_t step) { return "state " + std::to_string(step); }
  bool all_out() {
    return store_->flush([] { return false; });
  }
  bool soon_out() {
    const auto start = std::chrono::steady_clock::now();
    return store_->flush([&] { return std::chrono::steady_clock::now() > start + 300ms; });
  }
  std::vector<std::uint64_t> published() const { return steps(run_ / "checkpoints"); }
  static std::vector<std::uint64_t> steps(const fs::path& folder) {
    std::vector<std::uint64_t> found;
    for (const ListedCheckpoint& file : list_checkpoints(folder)) found.push_back(file.step);
    return found;
  }
  std::string said() {
    const std::lock_guard guard(mutex_);
    return said_;
  }
  // A run folder that fails: where its checkpoints should lie is a file.
  void break_drive() const { io::write_file(run_ / "checkpoints", ""); }
  void mend_drive() const { fs::remove(run_ / "checkpoints"); }

  const TemporaryFolder folder_;
  const fs::path run_ = folder_ / "run", local_ = folder_ / "local";
  const std::shared_ptr<SmallFiles> files_ = std::make_shared<SmallFiles>();
  bool separate_ = true;
  std::shared_ptr<RunLock> lock_;
  std::mutex mutex_;
  std::string said_;
  std::unique_ptr<CheckpointStore> store_;
};

TEST_F(CheckpointStoreTest, PublishesAStateThenThePointer) {
  save(7);
  EXPECT_TRUE(all_out());
  EXPECT_EQ(io::read_file(run_ / "checkpoints" / checkpoint_name(7)), text(7));
  EXPECT_EQ(read_pointer(run_)->step, 7u);
  EXPECT_TRUE(store_->safety().safe);
  EXPECT_FALSE(store_->safety().local);
  EXPECT_GT(store_->longest_save(), 0);
}

TEST_F(CheckpointStoreTest, KeepsTheNewestThreeHoweverFastTheyCome) {
  for (std::uint64_t step = 1; step <= 50; ++step) save(step);
  EXPECT_TRUE(all_out());
  EXPECT_EQ(published(), (std::vector<std::uint64_t>{50, 49, 48}));
}

TEST_F(CheckpointStoreTest, PublishesWhatIsStillBeingWrittenWhenItEnds) {
  struct SlowState : TextState {
    SlowState() : TextState("slow") {}
    void prepare() override { std::this_thread::sleep_for(std::chrono::milliseconds(300)); }
  };
  store_->save(7, 0, std::make_unique<SlowState>());
  store_.reset();
  EXPECT_EQ(published(), std::vector<std::uint64_t>{7});
}

TEST_F(CheckpointStoreTest, PublishesTheBestBesideThem) {
  store_->save_best(std::make_unique<TextState>("good"));
  store_->save_best(std::make_unique<TextState>("better"));
  save(1);
  EXPECT_TRUE(all_out());
  EXPECT_EQ(io::read_file(run_ / "best.safetensors"), "better");
  EXPECT_TRUE(waiting_best(local_).empty());
}

TEST_F(CheckpointStoreTest, BringsSmallFilesBeforeTheState) {
  files_->append("metrics.jsonl", "{}\n");
  save(1);
  EXPECT_TRUE(all_out());
  EXPECT_EQ(io::read_file(run_ / "metrics.jsonl"), "{}\n");
  EXPECT_EQ(io::read_file(local_ / "metrics.jsonl"), "{}\n");
}

class OnOneDisk : public CheckpointStoreTest {
 protected:
  OnOneDisk() { separate_ = false; }
};

// A kill may come as soon as a state is in the local folder, and the next run takes it up there.
TEST_F(OnOneDisk, BringsSmallFilesBeforeTheStateIsInTheLocalFolder) {
  class Looking : public TextState {
   public:
    explicit Looking(fs::path metrics) : TextState("state"), metrics_(std::move(metrics)) {}
    void write(const io::ByteSink& sink) const override {
      EXPECT_TRUE(fs::exists(metrics_) && io::read_file(metrics_) == "{}\n") << metrics_;
      TextState::write(sink);
    }

   private:
    const fs::path metrics_;
  };
  files_->append("metrics.jsonl", "{}\n");
  store_->save(1, 1, std::make_unique<Looking>(run_ / "metrics.jsonl"));
  EXPECT_TRUE(all_out());
}

// There the state itself is moved into the run folder, and nothing of it is left to bring again.
TEST_F(OnOneDisk, WritesThePointerAgainWhereThatAloneHasFailed) {
  fs::create_directories(run_ / "newest.json" / "in the way");
  save(1);
  EXPECT_FALSE(soon_out());
  EXPECT_EQ(published(), std::vector<std::uint64_t>{1});
  fs::remove_all(run_ / "newest.json");
  EXPECT_TRUE(all_out());
  EXPECT_EQ(read_pointer(run_)->step, 1u);
}

TEST_F(CheckpointStoreTest, WaitsOnThisMachineWhileTheRunFolderFailsAndGoesOutAfterwards) {
  break_drive();
  for (std::uint64_t step = 1; step <= 5; ++step) save(step);
  EXPECT_FALSE(soon_out());
  EXPECT_FALSE(store_->safety().trouble.empty());
  EXPECT_TRUE(store_->safety().local);
  EXPECT_EQ(steps(local_), (std::vector<std::uint64_t>{5, 4, 3}));
  EXPECT_NE(said().find("Training continues"), std::string::npos) << said();
  mend_drive();
  EXPECT_TRUE(all_out());
  EXPECT_EQ(published(), (std::vector<std::uint64_t>{5, 4, 3}));
  EXPECT_TRUE(store_->safety().trouble.empty());
  EXPECT_NE(said().find("is writable again"), std::string::npos) << said();
}

TEST_F(CheckpointStoreTest, GoesOnWithWhatAnEarlierProcessLeftWaiting) {
  break_drive();
  save(4);
  EXPECT_FALSE(soon_out());
  store_.reset();
  mend_drive();
  io::write_file(local_ / checkpoint_name(9), "of a run that went on from another state");
  open(/*resumed_step=*/4);
  EXPECT_TRUE(all_out());
  EXPECT_EQ(published(), std::vector<std::uint64_t>{4});
  EXPECT_TRUE(steps(local_).empty());
}

TEST_F(CheckpointStoreTest, GoesStraightToTheRunFolderWhereTheLocalDiskFails) {
  fs::remove_all(local_);
  io::write_file(local_, "");  // a file in its place
  save(2);
  EXPECT_TRUE(all_out());
  EXPECT_EQ(io::read_file(run_ / "checkpoints" / checkpoint_name(2)), text(2));
  fs::remove(local_);
}

TEST_F(CheckpointStoreTest, EndsTheRunForAStateThatIsNotWorthSaving) {
  store_->save(3, 0, std::make_unique<TextState>("x", "it has diverged"));
  EXPECT_THROW(all_out(), Error);
  EXPECT_THROW(store_->throw_if_failed(), Error);
  EXPECT_TRUE(published().empty());
}

TEST_F(CheckpointStoreTest, EndsTheRunWhenAnotherTrainerTakesOver) {
  io::write_file(run_ / ".lock",
                 R"({"host":"h","boot":"b","pid":1,"started":"1","token":"other","beat":0})");
  save(3);
  EXPECT_THROW(all_out(), LockLost);
  EXPECT_TRUE(published().empty());
}

TEST_F(CheckpointStoreTest, SaysThatACheckpointIsOnlyInMemoryWhereNoDiskTakesIt) {
  fs::remove_all(local_);
  io::write_file(local_, "");
  break_drive();
  save(1);
  EXPECT_FALSE(soon_out());
  EXPECT_NE(said().find("the newest checkpoint exists only in memory"), std::string::npos)
      << said();
  EXPECT_EQ(said().find("is kept in"), std::string::npos) << said();
  mend_drive();
  EXPECT_TRUE(all_out());
  EXPECT_EQ(published(), std::vector<std::uint64_t>{1});
  fs::remove(local_);
}

// A drive that hangs for longer than the lock holds lets a trainer on another machine take over
// meanwhile.
TEST_F(CheckpointStoreTest, TouchesNothingOfATrainerThatTookOverDuringAWrite) {
  class Hanging : public TextState {
   public:
    explicit Hanging(std::function<void()> meanwhile)
        : TextState("state"), meanwhile_(std::move(meanwhile)) {}
    void write(const io::ByteSink& sink) const override {
      meanwhile_();
      TextState::write(sink);
    }

   private:
    const std::function<void()> meanwhile_;
  };
  save(1);
  EXPECT_TRUE(all_out());
  fs::remove_all(local_);
  io::write_file(local_, "");  // so that the state goes straight to the run folder
  store_->save(15, 15, std::make_unique<Hanging>([this] {
                 io::write_file(
                     run_ / ".lock",
                     R"({"host":"h","boot":"b","pid":1,"started":"1","token":"other","beat":0})");
                 for (const std::uint64_t step : {3, 6, 90})
                   io::write_file(run_ / "checkpoints" / checkpoint_name(step), "theirs");
                 write_pointer(run_, {90, 0});
               }));
  EXPECT_THROW(all_out(), LockLost);
  EXPECT_EQ(published(), (std::vector<std::uint64_t>{90, 6, 3, 1}));
  EXPECT_EQ(read_pointer(run_)->step, 90u);
  EXPECT_EQ(said().find("Training continues; the newest"), std::string::npos) << said();
  fs::remove(local_);
}

TEST_F(CheckpointStoreTest, RemovesWhatTheResumeWentBackFromAndKeepsTheOthers) {
  for (const std::uint64_t step : {3, 6, 8}) save(step);
  EXPECT_TRUE(all_out());
  open(/*resumed_step=*/6);  // 8 was damaged
  EXPECT_EQ(published(), (std::vector<std::uint64_t>{8, 6, 3}));
  save(12);
  EXPECT_TRUE(all_out());
  EXPECT_EQ(published(), (std::vector<std::uint64_t>{12, 6, 3}));
}

// A limit of the process on the size of files plays the full drive.
TEST_F(CheckpointStoreTest, MakesRoomOnAFullDriveWithWhatTheResumeWentBackFromFirst) {
  for (const std::uint64_t step : {3, 6, 8}) save(step);
  EXPECT_TRUE(all_out());
  open(/*resumed_step=*/3);
  const auto no_signal = ::signal(SIGXFSZ, SIG_IGN);
  rlimit unlimited{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &unlimited), 0);
  rlimit small = unlimited;
  small.rlim_cur = 4096;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  store_->save(12, 12, std::make_unique<TextState>(std::string(10'000, 'x')));
  EXPECT_FALSE(soon_out());
  ::setrlimit(RLIMIT_FSIZE, &unlimited);
  ::signal(SIGXFSZ, no_signal);
  EXPECT_NE(said().find("full; removing the checkpoint step-000000008"), std::string::npos)
      << said();
  EXPECT_EQ(published(), (std::vector<std::uint64_t>{6, 3}));
  EXPECT_TRUE(all_out());
  EXPECT_EQ(published(), (std::vector<std::uint64_t>{12, 3}));
}

TEST_F(CheckpointStoreTest, BringsAWholeStateAgainWhereTheDriveHasCutIt) {
  save(4);
  EXPECT_TRUE(all_out());
  const fs::path on_drive = run_ / "checkpoints" / checkpoint_name(4);
  fs::copy_file(on_drive, local_ / checkpoint_name(4));
  fs::resize_file(on_drive, 2);
  open(/*resumed_step=*/4);
  EXPECT_TRUE(all_out());
  EXPECT_EQ(io::read_file(on_drive), text(4));
}

TEST_F(CheckpointStoreTest, PublishesStatesThoughOtherFilesFail) {
  for (const char* name : {"report.html", "best.safetensors"})
    fs::create_directories(run_ / name / "x");
  files_->put("report.html", "report");
  files_->append("zebra.jsonl", "{}\n");
  store_->save_best(std::make_unique<TextState>("best"));
  save(1);
  save(2);
  EXPECT_FALSE(soon_out());
  const auto start = std::chrono::steady_clock::now();
  while (published() != std::vector<std::uint64_t>{2, 1} &&
         std::chrono::steady_clock::now() < start + 30s)
    std::this_thread::sleep_for(10ms);
  EXPECT_EQ(published(), (std::vector<std::uint64_t>{2, 1}));
  EXPECT_EQ(io::read_file(run_ / "zebra.jsonl"), "{}\n");
  EXPECT_FALSE(store_->safety().trouble.empty());
}

TEST_F(CheckpointStoreTest, DoesNotCallAStateSavedThatGotLost) {
  break_drive();
  save(4);
  EXPECT_FALSE(soon_out());
  fs::remove(local_ / checkpoint_name(4));
  mend_drive();
  EXPECT_FALSE(all_out());
  EXPECT_FALSE(read_pointer(run_));
  save(5);
  EXPECT_TRUE(all_out());
  EXPECT_EQ(published(), std::vector<std::uint64_t>{5});
}

TEST_F(CheckpointStoreTest, AdoptsTheBestNetworkOfAnEarlierProcessOnly) {
  store_.reset();
  io::write_file(local_ / "best-7.safetensors", "ours");
  io::write_file(local_ / "best-8.safetensors", "another's");
  take_lock();
  store_ = std::make_unique<CheckpointStore>(
      CheckpointStore::Options{run_, {local_, separate_}, 3, local_ / "best-7.safetensors", {}},
      files_, lock_, NewestPointer{});
  EXPECT_TRUE(all_out());
  EXPECT_EQ(io::read_file(run_ / "best.safetensors"), "ours");
  EXPECT_TRUE(waiting_best(local_).empty());
}

TEST_F(CheckpointStoreTest, WaitsForNoCallThatHangs) {
  files_->put("log", "a");
  EXPECT_TRUE(all_out());
  const fs::path hole = run_ / "log";  // opening it for writing waits for a reader
  fs::remove(hole);
  ASSERT_EQ(::mkfifo(hole.c_str(), 0600), 0);
  files_->append("log", "b");
  const auto start = std::chrono::steady_clock::now();
  save(1);
  EXPECT_FALSE(soon_out());
  EXPECT_TRUE(store_->safety().silent);
  EXPECT_EQ(steps(local_), std::vector<std::uint64_t>{1});
  store_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 9s);
  // The thread that was left behind ends as soon as it is answered, and speaks to nobody.
  const int reader = ::open(hole.c_str(), O_RDONLY | O_NONBLOCK);
  while (files_.use_count() > 1) std::this_thread::yield();
  ::close(reader);
}

}  // namespace
}  // namespace rod::store
