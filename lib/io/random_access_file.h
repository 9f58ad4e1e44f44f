// The interface for reading bytes, whether from a local file, a drive that fails and hangs, memory
// or a URL.
//
// To add a source of bytes, write one file that implements RandomAccessFile and a FileOpener for
// it. with_timeout() and open_retrying() add timeouts and retries to any of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "io/file.h"

namespace rod::io {

// Thread safety: all members may be called from any thread.
class RandomAccessFile {
 public:
  virtual ~RandomAccessFile() = default;
  virtual const std::string& name() const = 0;  // a path or an address, for messages
  virtual std::uint64_t size() const = 0;       // bytes, when the file was opened

  // Reads up to `out.size()` bytes at `offset`. Returns the number of bytes read, which is smaller
  // only at the end of the file. Throws SystemError, and implementations may throw other errors.
  virtual std::size_t read_at(std::span<std::byte> out, std::uint64_t offset) const = 0;

  // Returns a text that distinguishes this content from later content of the same name; "" if there
  // is none.
  virtual std::string version() const { return {}; }

  // A hint that these bytes will be read soon. Returns at once.
  virtual void will_need([[maybe_unused]] std::uint64_t offset,
                         [[maybe_unused]] std::uint64_t bytes) const {}
};

// Opens the file with this name. Throws what the implementation throws. Thread-safe.
using FileOpener =
    std::function<std::shared_ptr<const RandomAccessFile>(const std::filesystem::path& name)>;

// Opens a local regular file. It is read with pread(2), so a file that shrinks or disappears causes
// an error, never a SIGBUS. Throws what File::open_read() throws.
std::shared_ptr<const RandomAccessFile> open_file(const std::filesystem::path& path);
std::shared_ptr<const RandomAccessFile> as_random_access(File file);

// Returns an opener for a single path. From its second call on it throws BadInput if the file's
// size or modification time differs from that at the first call.
FileOpener unchanged_file_opener();

// Fills `out`. Throws BadInput naming the file if the file is too short.
void read_exactly(const RandomAccessFile& file, std::span<std::byte> out, std::uint64_t offset);

// Returns the whole file. Throws Error(kNoRoom) above `max_bytes`.
std::string read_text(const RandomAccessFile& file, std::uint64_t max_bytes = kMaxTextBytes);

}  // namespace rod::io
