#include "io/file_hash.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/stop.h"
#include "io/sha256.h"

namespace rod::io {

FileHash hash_contents(const RandomAccessFile& file, const std::function<void()>& between) {
  std::vector<std::byte> piece(1u << 20);
  FileHash result;
  Hasher hasher;
  for (;;) {
    if (between) between();
    const std::size_t got = file.read_at(piece, result.bytes);
    if (got == 0) break;
    hasher.update(std::span(piece).first(got));
    result.bytes += got;
  }
  result.hash = hasher.digest();
  return result;
}

FileHash hash_file(const std::filesystem::path& path) {
  return hash_contents(*open_file(path),
                       [] { throw_if_stopped("nothing was changed; run the same command again"); });
}

namespace {

constexpr std::size_t kHashedPiece = std::size_t{1} << 20;
constexpr std::uint64_t kLongestStep = std::uint64_t{16} << 20;  // that is read to be hashed

class HashedFile final : public RandomAccessFile {
 public:
  HashedFile(std::shared_ptr<const RandomAccessFile> file, std::string expected)
      : file_(std::move(file)), expected_(std::move(expected)) {}

  const std::string& name() const override { return file_->name(); }
  std::uint64_t size() const override { return file_->size(); }
  std::string version() const override { return file_->version(); }
  void will_need(std::uint64_t offset, std::uint64_t bytes) const override {
    file_->will_need(offset, bytes);
  }

  std::size_t read_at(std::span<std::byte> out, std::uint64_t offset) const override {
    const std::size_t got = file_->read_at(out, offset);
    const std::lock_guard lock(mutex_);
    if (offset > hashed_ && offset - hashed_ <= kLongestStep) hash_until(offset);
    if (offset <= hashed_ && offset + got > hashed_) {
      hash_.update(out.first(got).subspan(static_cast<std::size_t>(hashed_ - offset)));
      hashed_ = offset + got;
    }
    return got;
  }

  void check() const {
    const std::lock_guard lock(mutex_);
    if (checked_) return;
    hash_until(size());
    const std::string found = hash_.hex();
    if (found != expected_) {
      throw BadInput(
          fmt::format("{}: its SHA-256 is {}, expected {}; it is damaged or another file", name(),
                      found, expected_));
    }
    checked_ = true;
  }

 private:
  // Requires: mutex held.
  void hash_until(std::uint64_t end) const {
    std::vector<std::byte> piece;
    while (hashed_ < end) {
      piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kHashedPiece, end - hashed_)));
      read_exactly(*file_, piece, hashed_);
      hash_.update(piece);
      hashed_ += piece.size();
    }
  }

  const std::shared_ptr<const RandomAccessFile> file_;
  const std::string expected_;
  mutable std::mutex mutex_;  // of all below
  mutable Sha256 hash_;
  mutable std::uint64_t hashed_ = 0;  // bytes from the beginning
  mutable bool checked_ = false;
};

}  // namespace

CheckedFile with_sha256(std::shared_ptr<const RandomAccessFile> file, const std::string& sha256) {
  std::string expected = sha256;
  for (char& c : expected) c = static_cast<char>('A' <= c && c <= 'F' ? c - 'A' + 'a' : c);
  if (expected.size() != 64 || expected.find_first_not_of("0123456789abcdef") != expected.npos)
    throw Error(ErrorKind::kUsage, "--sha256: expected 64 hex digits, as sha256sum prints them");
  auto hashed = std::make_shared<HashedFile>(std::move(file), std::move(expected));
  return {hashed, [hashed] { hashed->check(); }};
}

}  // namespace rod::io
