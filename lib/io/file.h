// Owned file descriptors, and files that appear only when they are complete.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace rod::io {

// An owned file descriptor. Interrupted calls (EINTR) are repeated. Thread safety: reads may be
// concurrent (pread).
class File {
 public:
  File() = default;
  File(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~File();
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;

  // Opens a regular file or a block device. Throws SystemError; BadInput for any other type of
  // file, without blocking on it.
  static File open_read(const std::filesystem::path& path);

  // Opens a folder, for fsync and the …at() calls. Throws SystemError.
  static File open_folder(const std::filesystem::path& path);

  int fd() const { return fd_; }
  const std::string& path() const { return path_; }
  bool is_open() const { return fd_ >= 0; }

  // Throws BadInput unless this is a regular file or a block device; SystemError.
  void require_regular() const;

  // Returns the current size in bytes. Throws SystemError.
  std::uint64_t size() const;

  // Reads up to `out.size()` bytes at `offset`. Returns the number of bytes read, which is smaller
  // only at the end of the file.
  std::size_t read_some(std::span<std::byte> out, std::uint64_t offset) const;

  // Fills `out`. Throws BadInput if the file is too short.
  void read_exactly(std::span<std::byte> out, std::uint64_t offset) const;

  // Drops the file from the page cache, so that later reads come from the file system. May have no
  // effect.
  void drop_cache() const;

  // Writes all of `data` at the current position.
  void write_all(std::span<const std::byte> data);

  void sync();
  void close();  // Throws SystemError; after it, is_open() is false

 private:
  int fd_ = -1;
  std::string path_;
};

// A file that is written under a temporary name and renamed by publish(), so that a file with its
// final name is always complete. Without publish() the destructor removes the temporary file.
class AtomicFile {
 public:
  // Creates missing parent folders. The temporary name is temporary_path(path).
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> data) { file_.write_all(data); }
  void write(std::string_view text) { file_.write_all(std::as_bytes(std::span(text))); }

  // Syncs and closes the file, so that it can be read back under its temporary name before
  // publish().
  void close();
  const std::filesystem::path& temporary() const { return temporary_; }

  // Closes the file if it is open, renames it and syncs the folder.
  void publish();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  File file_;
  bool published_ = false;
};

// Returns `.NAME.PID.tmp` in the same folder: the name of a file while it is written or removed.
std::filesystem::path temporary_path(const std::filesystem::path& path);

// Whether `name` has the form that temporary_path() gives.
bool is_temporary_name(std::string_view name);

inline constexpr std::uint64_t kMaxTextBytes = 1u << 30;

// Returns the whole file. Throws what File::open_read() throws; Error(kNoRoom) above `max_bytes`.
std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes = kMaxTextBytes);

// Writes `text` through an AtomicFile.
void write_file(const std::filesystem::path& path, std::string_view text);

// Syncs a folder, so that the names in it survive a power failure.
void sync_folder(const std::filesystem::path& folder);

// Creates the folder and its parents, like mkdir -p. Throws SystemError naming the folder.
void make_folders(const std::filesystem::path& folder);

// An exclusive lock on `path` (flock), held until the object is destroyed or the process ends.
// `path` is an existing folder, or a file that is created if it is absent. Throws Error(kFailed) if
// another process holds it; `owner` names what is locked, for the message.
class FileLock {
 public:
  FileLock(const std::filesystem::path& path, const std::string& owner);

 private:
  File file_;
};

}  // namespace rod::io
