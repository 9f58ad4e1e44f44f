#include "io/random_access_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <mutex>
#include <optional>

#include "base/error.h"

namespace rod::io {
namespace {

class LocalFile final : public RandomAccessFile {
 public:
  explicit LocalFile(File file) : file_(std::move(file)), size_(file_.size()) {}

  const std::string& name() const override { return file_.path(); }
  std::uint64_t size() const override { return size_; }
  std::size_t read_at(std::span<std::byte> out, std::uint64_t offset) const override {
    return file_.read_some(out, offset);
  }
  std::string version() const override {
    struct stat status {};
    if (::fstat(file_.fd(), &status) != 0) throw_errno(file_.path(), "read its time");
    return fmt::format("{} {}.{:09}", status.st_size, status.st_mtim.tv_sec,
                       status.st_mtim.tv_nsec);
  }
  void will_need(std::uint64_t offset, std::uint64_t bytes) const override {
    if (bytes == 0) return;  // which would stand for the whole file
    ::posix_fadvise(file_.fd(), static_cast<off_t>(offset), static_cast<off_t>(bytes),
                    POSIX_FADV_WILLNEED);
  }

 private:
  const File file_;
  const std::uint64_t size_;
};

// What tells a file from another one that has taken its name.
struct Stamp {
  std::uint64_t size = 0;
  std::int64_t modified = 0;  // seconds

  bool operator==(const Stamp&) const = default;
};

Stamp stamp_of(const File& file) {
  struct stat status {};
  if (::fstat(file.fd(), &status) != 0) throw_errno(file.path(), "read the size");
  return {static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec};
}

struct FirstStamp {
  std::mutex mutex;
  std::optional<Stamp> stamp;  // guarded by `mutex`
};

}  // namespace

std::shared_ptr<const RandomAccessFile> open_file(const std::filesystem::path& path) {
  return as_random_access(File::open_read(path));
}

std::shared_ptr<const RandomAccessFile> as_random_access(File file) {
  return std::make_shared<LocalFile>(std::move(file));
}

FileOpener unchanged_file_opener() {
  return [first = std::make_shared<FirstStamp>()](const std::filesystem::path& path) {
    File file = File::open_read(path);
    const Stamp now = stamp_of(file);
    const std::lock_guard lock(first->mutex);
    if (!first->stamp) first->stamp = now;
    if (*first->stamp != now) {
      throw BadInput(
          fmt::format("{}: changed while it was being read: it had {} bytes and now has {}; run "
                      "the command again",
                      path.string(), first->stamp->size, now.size));
    }
    return as_random_access(std::move(file));
  };
}

void read_exactly(const RandomAccessFile& file, std::span<std::byte> out, std::uint64_t offset) {
  const std::size_t got = file.read_at(out, offset);
  if (got == out.size()) return;
  throw BadInput(fmt::format("{}: ends at byte {}, expected {} bytes at offset {}; it is truncated",
                             file.name(), offset + got, out.size(), offset));
}

std::string read_text(const RandomAccessFile& file, std::uint64_t max_bytes) {
  if (file.size() > max_bytes) {
    throw Error(ErrorKind::kNoRoom,
                fmt::format("{}: has {} bytes, at most {} are accepted for such a file",
                            file.name(), file.size(), max_bytes));
  }
  std::string text(file.size(), '\0');
  text.resize(file.read_at(std::as_writable_bytes(std::span(text)), 0));
  return text;
}

}  // namespace rod::io
