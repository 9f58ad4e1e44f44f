#include "io/drive_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/uninitialized.h"
#include "base/units.h"

namespace rod::io {
namespace {

constexpr std::size_t kRetriedBytes = std::size_t{4}
                                      << 20;  // what one failure makes read again, at most

class RetryingFile final : public RandomAccessFile {
 public:
  RetryingFile(const std::filesystem::path& path, FileOpener open, Retrying how)
      : path_(path), name_(path.string()), open_(std::move(open)), how_(std::move(how)) {
    with_retries([&](bool) { file_ = open_(path_); });
    size_ = file_->size();
  }

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }
  std::string version() const override { return current()->version(); }
  void will_need(std::uint64_t offset, std::uint64_t bytes) const override {
    current()->will_need(offset, bytes);
  }

  std::size_t read_at(std::span<std::byte> out, std::uint64_t offset) const override {
    std::size_t done = 0;
    while (done < out.size()) {
      const auto piece = out.subspan(done, std::min(kRetriedBytes, out.size() - done));
      std::size_t got = 0;
      with_retries([&](bool again) {
        if (again) reopen();
        got = current()->read_at(piece, offset + done);
      });
      done += got;
      if (got < piece.size()) break;
    }
    return done;
  }

 private:
  // `again`: whether the call before has failed.
  void with_retries(const std::function<void(bool again)>& operation) const {
    bool again = false, logged = false;
    const Log log = [&](const std::string& text) {
      logged = true;
      if (how_.log) how_.log(text);
    };
    retry(how_.policy, how_.stop, log, [&] { operation(std::exchange(again, true)); });
    if (logged && !how_.policy.log_every_try && how_.log)
      how_.log(fmt::format("{}: the drive responds again", name_));
  }

  std::shared_ptr<const RandomAccessFile> current() const {
    const std::lock_guard lock(mutex_);
    return file_;
  }

  // While a drive is unmounted the path names nothing: then the file that is open stays, and its
  // next read says what is wrong with it.
  void reopen() const {
    std::shared_ptr<const RandomAccessFile> file;
    try {
      file = open_(path_);
    } catch (const SystemError& error) {
      if (is_transient(error)) throw;
      return;
    }
    if (file->size() != size_) {
      throw BadInput(
          fmt::format("{}: changed while it was being read: it had {} bytes and now has {}; run "
                      "the command again",
                      name_, size_, file->size()));
    }
    const std::lock_guard lock(mutex_);
    file_ = std::move(file);
  }

  const std::filesystem::path path_;
  const std::string name_;
  const FileOpener open_;
  const Retrying how_;
  std::uint64_t size_ = 0;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const RandomAccessFile> file_;  // guarded by mutex_
};

}  // namespace

std::shared_ptr<const RandomAccessFile> open_retrying(const std::filesystem::path& path,
                                                      FileOpener open, Retrying how) {
  return std::make_shared<RetryingFile>(path, std::move(open), std::move(how));
}

std::shared_ptr<const RandomAccessFile> open_retrying(const std::filesystem::path& path,
                                                      Retrying how) {
  return open_retrying(path, unchanged_file_opener(), std::move(how));
}

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kAskStopEvery{50};  // whether to stop

// One call, shared with the thread that makes it, which may outlive all of us.
template <typename Result>
struct Call {
  std::mutex mutex;
  std::condition_variable finished;
  bool done = false;             // guarded by mutex, as all below
  std::optional<Result> result;  // absent after an error
  std::exception_ptr error;
};

// What the calls of one opener share.
struct Limits {
  milliseconds timeout;
  StopCheck stop;
  std::mutex one_at_a_time{};
};

template <typename Result, typename Work>
Result call(Limits& limits, const std::string& name, Work work) {
  const std::lock_guard turn(limits.one_at_a_time);
  auto call = std::make_shared<Call<Result>>();
  std::thread([call, work = std::move(work)] {
    std::optional<Result> result;
    std::exception_ptr error;
    try {
      result.emplace(work());
    } catch (...) {
      error = std::current_exception();
    }
    const std::lock_guard lock(call->mutex);
    call->result = std::move(result);
    call->error = std::move(error);
    call->done = true;
    call->finished.notify_all();
  }).detach();

  std::unique_lock lock(call->mutex);
  const auto deadline = Clock::now() + limits.timeout;
  while (!call->done && Clock::now() < deadline) {
    if (limits.stop) limits.stop();
    call->finished.wait_for(lock, std::min(kAskStopEvery, limits.timeout),
                            [&] { return call->done; });
  }
  if (!call->done) {
    throw SystemError(ErrorKind::kFailed, ETIMEDOUT,
                      fmt::format("{}: no answer for {}", name,
                                  format_duration(std::chrono::duration<double>(limits.timeout))),
                      "; check the drive's mount, then run the same command again");
  }
  if (call->error) std::rethrow_exception(call->error);
  return *std::move(call->result);
}

using FilePointer = std::shared_ptr<const RandomAccessFile>;

class TimeoutFile final : public RandomAccessFile {
 public:
  TimeoutFile(FilePointer file, std::shared_ptr<Limits> limits)
      : file_(std::move(file)),
        name_(file_->name()),
        size_(file_->size()),
        limits_(std::move(limits)) {}

  // Closing may hang, too.
  ~TimeoutFile() override {
    try {
      std::thread([file = std::move(file_)]() mutable { file.reset(); }).detach();
    } catch (const std::system_error&) {  // no more threads: it was closed here
    }
  }

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }

  std::size_t read_at(std::span<std::byte> out, std::uint64_t offset) const override {
    struct Read {
      // not `out`, which may be gone before a late call returns
      std::unique_ptr<std::byte[]> bytes;
      std::size_t count;
    };
    const Read read = call<Read>(*limits_, name_, [file = file_, size = out.size(), offset] {
      auto bytes = uninitialized<std::byte>(size);
      const std::size_t count = file->read_at(std::span(bytes.get(), size), offset);
      return Read{std::move(bytes), count};
    });
    std::memcpy(out.data(), read.bytes.get(), read.count);
    return read.count;
  }

 private:
  FilePointer file_;
  const std::string name_;
  const std::uint64_t size_;
  const std::shared_ptr<Limits> limits_;
};

}  // namespace

FileOpener with_timeout(FileOpener open, milliseconds timeout, StopCheck stop) {
  auto limits = std::make_shared<Limits>();
  limits->timeout = timeout;
  limits->stop = std::move(stop);
  return [open = std::move(open), limits](const std::filesystem::path& path) {
    FilePointer file =
        call<FilePointer>(*limits, path.string(), [open, path] { return open(path); });
    return std::make_shared<TimeoutFile>(std::move(file), limits);
  };
}

}  // namespace rod::io
