// Sequential reading of bytes from a file, a pipe or a decoder, with lookahead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "io/file.h"
#include "io/random_access_file.h"
#include "io/spool.h"

namespace rod::archive {

inline constexpr std::size_t kSmallBlock =
    4096;  // read after a jump, because most likely only a header is needed
inline constexpr std::size_t kLargeBlock =
    256 << 10;  // the largest single read; fits in the processor's cache
inline constexpr std::uint64_t kLeastJump = 16384;  // shorter distances are cheaper to read

// Thread safety: one thread.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Reads up to out.size() bytes and returns their number, which is 0 only at the end. Throws
  // SystemError; BadInput if the data is damaged; Error(kInterrupted), Error(kTerminated).
  // Requires: `out` is not empty.
  virtual std::size_t read(std::span<std::byte> out) = 0;

  // Skips up to `count` bytes without reading them and returns how many; 0 if the stream can't.
  virtual std::uint64_t skip(std::uint64_t) { return 0; }
};

// A file from `start` on.
class FileStream : public ByteStream {
 public:
  FileStream(const io::RandomAccessFile& file, std::uint64_t start)
      : file_(file), position_(start) {}
  std::size_t read(std::span<std::byte> out) override;
  std::uint64_t skip(std::uint64_t count) override;

  std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  const io::RandomAccessFile& file_;  // outlives this
  std::uint64_t position_, bytes_read_ = 0;
};

class PipeStream : public ByteStream {
 public:
  explicit PipeStream(io::File pipe) : pipe_(std::move(pipe)) {}
  std::size_t read(std::span<std::byte> out) override;

  std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  io::File pipe_;
  std::uint64_t bytes_read_ = 0;
};

// A buffered source. Long reads bypass the buffer; long skips seek if the source can.
class BufferedStream {
 public:
  explicit BufferedStream(ByteStream& source, std::uint64_t position = 0)
      : source_(source), position_(position) {}

  // Returns the next bytes without consuming them: at least `count`, unless the source ends before.
  // The span is valid until the next call. Requires: count <= kMostPeeked.
  std::span<const std::byte> peek(std::size_t count);
  void consume(std::size_t count);  // Requires: at least `count` bytes were peeked

  std::size_t read(std::span<std::byte> out);  // fewer than out.size() only at the end
  std::uint64_t skip(std::uint64_t count);     // fewer than `count` only at the end

  std::uint64_t position() const { return position_; }  // of the next byte

  static constexpr std::size_t kMostPeeked = 128 << 10;

 private:
  void fill();

  ByteStream& source_;  // outlives this
  std::uint64_t position_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t begin_ = 0, end_ = 0, block_ = 0;
  bool at_end_ = false;
};

// Copies the rest of `in` to a temporary file, so that its end can be read first. Throws what
// io::Spool and `in` throw.
io::File spool(BufferedStream& in, const io::SpoolOptions& options, const std::string& shown);

}  // namespace rod::archive
