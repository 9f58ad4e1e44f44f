#include "archive/byte_stream.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/uninitialized.h"

namespace rod::archive {
namespace {

constexpr std::size_t kBuffer = 2 * kLargeBlock;  // what was peeked, and a block after it

}  // namespace

std::size_t FileStream::read(std::span<std::byte> out) {
  const std::size_t got = file_.read_at(out, position_);
  position_ += got;
  bytes_read_ += got;
  return got;
}

std::uint64_t FileStream::skip(std::uint64_t count) {
  if (count < kLeastJump) return 0;
  const std::uint64_t left = file_.size() > position_ ? file_.size() - position_ : 0;
  const std::uint64_t step = std::min(left, count);
  position_ += step;
  return step;
}

std::size_t PipeStream::read(std::span<std::byte> out) {
  ssize_t got = -1;
  do {
    got = ::read(pipe_.fd(), out.data(), out.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) throw_errno(pipe_.path(), fmt::format("read at offset {}", bytes_read_));
  bytes_read_ += static_cast<std::size_t>(got);
  return static_cast<std::size_t>(got);
}

void BufferedStream::fill() {
  if (!buffer_) {
    buffer_ = uninitialized<std::byte>(kBuffer);
    block_ = kSmallBlock;
  }
  if (begin_ == end_) {
    begin_ = end_ = 0;
  } else if (end_ + block_ > kBuffer) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const std::size_t got = source_.read({buffer_.get() + end_, block_});
  end_ += got;
  at_end_ = got == 0;
  block_ = std::min(block_ * 2, kLargeBlock);
}

std::span<const std::byte> BufferedStream::peek(std::size_t count) {
  while (end_ - begin_ < count && !at_end_) fill();
  return {buffer_.get() + begin_, end_ - begin_};
}

void BufferedStream::consume(std::size_t count) {
  begin_ += count;
  position_ += count;
}

std::size_t BufferedStream::read(std::span<std::byte> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    if (begin_ == end_) {
      if (at_end_) break;
      if (out.size() - done >= kLargeBlock) {
        const std::size_t got = source_.read(out.subspan(done, kLargeBlock));
        at_end_ = got == 0;
        position_ += got;
        done += got;
        continue;
      }
      fill();
      continue;
    }
    const std::size_t count = std::min(out.size() - done, end_ - begin_);
    std::memcpy(out.data() + done, buffer_.get() + begin_, count);
    consume(count);
    done += count;
  }
  return done;
}

std::uint64_t BufferedStream::skip(std::uint64_t count) {
  std::uint64_t done = 0;
  while (done < count) {
    if (begin_ == end_) {
      if (at_end_) break;
      if (const std::uint64_t jumped = source_.skip(count - done); jumped > 0) {
        position_ += jumped;
        done += jumped;
        block_ = kSmallBlock;
      } else {
        fill();
      }
      continue;
    }
    const auto step =
        static_cast<std::size_t>(std::min<std::uint64_t>(count - done, end_ - begin_));
    consume(step);
    done += step;
  }
  return done;
}

io::File spool(BufferedStream& in, const io::SpoolOptions& options, const std::string& shown) {
  constexpr std::size_t kPiece = 1 << 20;
  io::Spool kept(
      options,
      fmt::format("{}: has its list of entries at its end, and storing it until then", shown),
      "save it and give its path");
  std::vector<std::byte> piece(kPiece);
  while (const std::size_t got = in.read(piece)) kept.append(std::span(piece).first(got));
  return kept.take();
}

}  // namespace rod::archive
