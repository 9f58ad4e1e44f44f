// Files that close themselves, and files that appear only when they are complete.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace rod::io {

// An owned file descriptor. Movable; reads are thread-safe (pread). Interrupted calls are repeated.
class File {
 public:
  File() = default;
  File(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~File();
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;

  // A regular file (or a block device). Errors: throw_errno; BadInput for anything else, without
  // waiting.
  static File open_read(const std::filesystem::path& path);

  // A folder, for fsync and the …at() calls. Errors: throw_errno.
  static File open_folder(const std::filesystem::path& path);

  int fd() const { return fd_; }
  const std::string& path() const { return path_; }
  bool is_open() const { return fd_ >= 0; }

  // Errors: throw_errno; BadInput for anything but a regular file or a block device.
  void require_regular() const;

  // Bytes, as the file system says now. Errors: throw_errno.
  std::uint64_t size() const;

  // Reads up to `out.size()` bytes at `offset`; fewer only at the end of the file. Returns the
  // count.
  std::size_t read_some(std::span<std::byte> out, std::uint64_t offset) const;

  // Fills `out`. Errors: BadInput when the file is shorter.
  void read_exactly(std::span<std::byte> out, std::uint64_t offset) const;

  // Lets later reads tell what the file system has kept, not what is still in the page cache. May
  // have no effect.
  void drop_cache() const;

  // Writes all of `data` at the current position.
  void write_all(std::span<const std::byte> data);

  void sync();
  void close();  // Errors: throw_errno; after it, is_open() is false.

 private:
  int fd_ = -1;
  std::string path_;
};

// A file written beside its final name and renamed onto it by publish(): a final name means
// complete. Without publish() the destructor removes what was written.
class AtomicFile {
 public:
  // Creates missing parent folders. The temporary name is temporary_path(path).
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> data) { file_.write_all(data); }
  void write(std::string_view text) { file_.write_all(std::as_bytes(std::span(text))); }

  // fsync and close: to read it back before it is published, under its temporary name.
  void close();
  const std::filesystem::path& temporary() const { return temporary_; }

  // close() unless that was done, rename, fsync of the folder.
  void publish();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  File file_;
  bool published_ = false;
};

// `.NAME.PID.tmp` in the same folder: where a file has its bytes while it is made or removed.
std::filesystem::path temporary_path(const std::filesystem::path& path);

// True for names of that kind.
bool is_temporary_name(std::string_view name);

inline constexpr std::uint64_t kMaxTextBytes = 1u << 30;

// The whole file. Errors: File::open_read's; kNoRoom above `max_bytes`.
std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes = kMaxTextBytes);

// AtomicFile, write, publish.
void write_file(const std::filesystem::path& path, std::string_view text);

// fsync of a folder, so that names in it survive a power cut.
void sync_folder(const std::filesystem::path& folder);

// mkdir -p. Errors: throw_errno naming the folder.
void make_folders(const std::filesystem::path& folder);

// An exclusive lock on `path` (flock), held until destruction or the death of the process. `path`
// is an existing folder, or a file that is made if it is absent. Errors: kFailed when another
// process holds it; `owner` says what is locked, for the message.
class FileLock {
 public:
  FileLock(const std::filesystem::path& path, const std::string& owner);

 private:
  File file_;
};

}  // namespace rod::io
