#include "shard/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"

namespace rod {
namespace {

class FileSource final : public ByteSource {
 public:
  explicit FileSource(const std::filesystem::path& path)
      : file_(File::open_read(path)), size_(file_.size()) {}

  const std::string& path() const override { return file_.path(); }
  std::uint64_t size() const override { return size_; }
  std::size_t read_some(std::span<std::byte> out, std::uint64_t offset) const override {
    return file_.read_some(out, offset);
  }
  void will_need(std::uint64_t offset, std::uint64_t bytes) const override {
    if (bytes == 0) return;  // which would stand for the whole file
    ::posix_fadvise(file_.fd(), static_cast<off_t>(offset), static_cast<off_t>(bytes),
                    POSIX_FADV_WILLNEED);
  }

  void check_whole() const override {
    if (const std::uint64_t now = file_.size(); now < size_) {
      throw BadInput(fmt::format("{}: has {} bytes, but had {} when it was opened; it is truncated",
                                 path(), now, size_));
    }
  }

 private:
  File file_;
  std::uint64_t size_;
};

}  // namespace

void ByteSource::read_exactly(std::span<std::byte> out, std::uint64_t offset) const {
  const std::size_t got = read_some(out, offset);
  if (got == out.size()) return;
  throw BadInput(fmt::format("{}: ends at byte {}, expected {} bytes at offset {}; it is truncated",
                             path(), offset + got, out.size(), offset));
}

std::unique_ptr<ByteSource> open_file_source(const std::filesystem::path& path) {
  return std::make_unique<FileSource>(path);
}

}  // namespace rod
