#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

#include "base/error.h"
#include "io/drive_file.h"
#include "tests/io/memory_file.h"

namespace rod::io {
namespace {

using namespace std::chrono_literals;

// Reads and openings that hang while `hung` is set. Shared with calls that are left behind.
struct Drive {
  std::atomic<bool> hung{false};
  std::atomic<int> opened{0}, closed{0};
};

class HangingFile final : public RandomAccessFile {
 public:
  explicit HangingFile(std::shared_ptr<Drive> drive) : drive_(std::move(drive)) {
    ++drive_->opened;
  }
  ~HangingFile() override { ++drive_->closed; }
  const std::string& name() const override { return file_.name(); }
  std::uint64_t size() const override { return file_.size(); }
  std::size_t read_at(std::span<std::byte> out, std::uint64_t offset) const override {
    while (drive_->hung) std::this_thread::sleep_for(1ms);
    return file_.read_at(out, offset);
  }

 private:
  const std::shared_ptr<Drive> drive_;
  const MemoryFile file_{"drive/file", "0123456789"};
};

class TimeoutFileTest : public testing::Test {
 protected:
  FileOpener opener(std::chrono::milliseconds timeout, StopCheck stop = {}) {
    return with_timeout(
        [drive = drive_](const std::filesystem::path&) {
          while (drive->hung) std::this_thread::sleep_for(1ms);
          return std::make_shared<HangingFile>(drive);
        },
        timeout, std::move(stop));
  }
  static std::string read(const RandomAccessFile& file, std::uint64_t offset, std::size_t size) {
    std::string text(size, '\0');
    text.resize(file.read_at(std::as_writable_bytes(std::span(text)), offset));
    return text;
  }
  static std::string timeout_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const SystemError& error) {
      EXPECT_EQ(error.number(), ETIMEDOUT);
      EXPECT_TRUE(is_transient(error));
      return error.what();
    }
    return "no timeout";
  }

  const std::shared_ptr<Drive> drive_ = std::make_shared<Drive>();
};

TEST_F(TimeoutFileTest, ReadsAsTheFileBelow) {
  const auto file = opener(10s)("drive/file");
  EXPECT_EQ(file->name(), "drive/file");
  EXPECT_EQ(file->size(), 10u);
  EXPECT_EQ(read(*file, 3, 4), "3456");
  EXPECT_EQ(read(*file, 8, 4), "89");
  EXPECT_EQ(read(*file, 20, 4), "");
}

TEST_F(TimeoutFileTest, LeavesAReadBehindThatHangs) {
  const auto file = opener(50ms)("drive/file");
  drive_->hung = true;
  const std::string why = timeout_of([&] { read(*file, 0, 1); });
  EXPECT_TRUE(why.starts_with("drive/file: no answer for ")) << why;
  drive_->hung = false;
  EXPECT_EQ(read(*file, 0, 1), "0");
}

TEST_F(TimeoutFileTest, LeavesAnOpeningBehindThatHangs) {
  drive_->hung = true;
  const std::string why = timeout_of([&] { opener(50ms)("drive/file"); });
  EXPECT_TRUE(why.starts_with("drive/file: no answer for ")) << why;
  drive_->hung = false;
}

TEST_F(TimeoutFileTest, ThrowsWhatTheFileBelowThrows) {
  const FileOpener missing = with_timeout(open_file, 10s, {});
  EXPECT_THROW(missing("/nonexistent/file"), SystemError);
}

TEST_F(TimeoutFileTest, StopsWaitingWhenTheWorkIsToStop) {
  std::atomic<bool> stop{false};
  const auto file = opener(1h, [&] {
    if (stop) throw Error(ErrorKind::kInterrupted, "stopped");
  })("drive/file");
  drive_->hung = stop = true;
  EXPECT_THROW(read(*file, 0, 1), Error);
  drive_->hung = false;
}

TEST_F(TimeoutFileTest, IsReadThroughAHangWhenItIsRetried) {
  Retrying how;
  how.policy.give_up_after = 60s;
  how.policy.first_pause = 1ms;
  how.policy.log_every_try = false;
  std::vector<std::string> logged;
  how.log = [&](const std::string& text) {
    logged.push_back(text);
    drive_->hung = false;
  };
  const auto file = open_retrying("drive/file", opener(50ms), how);
  drive_->hung = true;
  EXPECT_EQ(read(*file, 2, 3), "234");
  ASSERT_EQ(logged.size(), 2u);
  EXPECT_NE(logged[0].find("no answer for"), std::string::npos) << logged[0];
  EXPECT_EQ(logged[1], "drive/file: the drive responds again");
  EXPECT_EQ(drive_->opened, 2);  // the descriptor of a call that hung is not used again
}

TEST_F(TimeoutFileTest, ClosesEveryFileInTheEnd) {
  opener(10s)("drive/file").reset();
  for (int n = 0; n < 5000 && drive_->closed < drive_->opened; ++n)
    std::this_thread::sleep_for(1ms);
  EXPECT_EQ(drive_->closed, drive_->opened);
}

}  // namespace
}  // namespace rod::io
