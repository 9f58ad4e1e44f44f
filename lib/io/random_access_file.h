// The one interface that bytes are read through: a local file, one on a drive that fails and hangs,
// memory, an address.
//
// A new place for bytes to come from is one new file: an implementation of RandomAccessFile and a
// FileOpener that opens it. with_timeout() and open_retrying() add timeouts and retries to any of
// them.
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

  // Reads up to `out.size()` bytes at `offset`. Returns the count, which is smaller only at the end
  // of the file. Throws SystemError, and what the implementation adds.
  virtual std::size_t read_at(std::span<std::byte> out, std::uint64_t offset) const = 0;

  // A hint that these bytes will be read soon. Returns at once.
  virtual void will_need([[maybe_unused]] std::uint64_t offset,
                         [[maybe_unused]] std::uint64_t bytes) const {}
};

// Opens what `name` stands for. Throws what the implementation throws. Thread-safe.
using FileOpener =
    std::function<std::shared_ptr<const RandomAccessFile>(const std::filesystem::path& name)>;

// A regular file of this machine, read with pread(2): a file that shrinks or disappears is an
// error, never a SIGBUS. Throws as File::open_read().
std::shared_ptr<const RandomAccessFile> open_file(const std::filesystem::path& path);
std::shared_ptr<const RandomAccessFile> as_random_access(File file);

// The same; from the second call on, throws BadInput unless the path still names the file it named
// at the first call, by its size and modification time. For one path.
FileOpener unchanged_file_opener();

// Fills `out`. Throws BadInput naming the file when it has fewer bytes.
void read_exactly(const RandomAccessFile& file, std::span<std::byte> out, std::uint64_t offset);

// All bytes of the file. Throws Error(kNoRoom) above `max_bytes`.
std::string read_text(const RandomAccessFile& file, std::uint64_t max_bytes = kMaxTextBytes);

}  // namespace rod::io
