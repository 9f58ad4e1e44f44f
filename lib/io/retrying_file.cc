#include "io/retrying_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/error.h"

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

}  // namespace rod::io
