#include "io/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "io/random_access_file.h"

namespace rod::io {
namespace {

constexpr std::string_view kTemporarySuffix = ".tmp";

// Repeats a system call that a signal interrupted.
template <typename Call>
auto retry_interrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

}  // namespace

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

File::File(File&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

File File::open_read(const std::filesystem::path& path) {
  // O_NONBLOCK: a FIFO under this name is refused below, instead of waiting for its writer for
  // ever.
  const int fd =
      retry_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); });
  if (fd < 0) throw_errno(path.string(), "open");
  File file(fd, path.string());
  file.require_regular();
  return file;
}

File File::open_folder(const std::filesystem::path& path) {
  const int fd =
      retry_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd < 0) throw_errno(path.string(), "open the folder");
  return File(fd, path.string());
}

void File::require_regular() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) throw_errno(path_, "read the type");
  if (S_ISDIR(status.st_mode)) throw_errno(path_, "open", EISDIR);
  if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode)) {
    throw BadInput(fmt::format("{}: is not a regular file; give the path of a file", path_));
  }
}

std::uint64_t File::size() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) throw_errno(path_, "read the size");
  return static_cast<std::uint64_t>(status.st_size);
}

std::size_t File::read_some(std::span<std::byte> out, std::uint64_t offset) const {
  std::size_t done = 0;
  while (done < out.size()) {
    const auto got = retry_interrupted([&] {
      return ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    });
    if (got < 0) throw_errno(path_, fmt::format("read at offset {}", offset + done));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void File::read_exactly(std::span<std::byte> out, std::uint64_t offset) const {
  const std::size_t got = read_some(out, offset);
  if (got != out.size()) {
    throw BadInput(
        fmt::format("{}: ends at byte {}, expected {} bytes at offset {}; it is truncated", path_,
                    offset + got, out.size(), offset));
  }
}

void File::drop_cache() const {
  ::posix_fadvise(fd_, 0, 0, POSIX_FADV_DONTNEED);
}

void File::write_all(std::span<const std::byte> data) {
  while (!data.empty()) {
    const auto put = retry_interrupted([&] { return ::write(fd_, data.data(), data.size()); });
    if (put < 0) throw_errno(path_, "write");
    data = data.subspan(static_cast<std::size_t>(put));
  }
}

void File::sync() {
  if (retry_interrupted([&] { return ::fsync(fd_); }) != 0) throw_errno(path_, "sync");
}

void File::close() {
  const int fd = std::exchange(fd_, -1);
  // After EINTR Linux has closed the descriptor all the same: never repeat it.
  if (fd >= 0 && ::close(fd) != 0 && errno != EINTR) throw_errno(path_, "close");
}

AtomicFile::AtomicFile(const std::filesystem::path& path)
    : path_(path), temporary_(temporary_path(path)) {
  if (path.has_parent_path()) make_folders(path.parent_path());
  // O_EXCL would stumble over the leftover of a dead process with our number: replace that instead.
  ::unlink(temporary_.c_str());
  const int fd = retry_interrupted([&] {
    return ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  });
  if (fd < 0) throw_errno(temporary_.string(), "create");
  file_ = File(fd, path.string());
}

AtomicFile::~AtomicFile() {
  if (!published_) ::unlink(temporary_.c_str());
}

void AtomicFile::close() {
  file_.sync();
  file_.close();
}

void AtomicFile::publish() {
  if (file_.is_open()) close();
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) throw_errno(path_.string(), "rename");
  published_ = true;
  sync_folder(path_.has_parent_path() ? path_.parent_path() : ".");
}

std::filesystem::path temporary_path(const std::filesystem::path& path) {
  return path.parent_path() /
         fmt::format(".{}.{}{}", path.filename().string(), ::getpid(), kTemporarySuffix);
}

bool is_temporary_name(std::string_view name) {
  return name.size() > kTemporarySuffix.size() && name.front() == '.' &&
         name.substr(name.size() - kTemporarySuffix.size()) == kTemporarySuffix;
}

std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  return read_text(*open_file(path), max_bytes);
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.publish();
}

void sync_folder(const std::filesystem::path& folder) {
  const File file = File::open_folder(folder);
  // FUSE file systems may not know fsync of a folder; there is nothing better to do there.
  if (retry_interrupted([&] { return ::fsync(file.fd()); }) != 0 && errno != EINVAL &&
      errno != ENOSYS && errno != ENOTSUP) {
    throw_errno(folder.string(), "sync");
  }
}

void make_folders(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw_errno(folder.string(), "create the folder", error.value());
}

FileLock::FileLock(const std::filesystem::path& path, const std::string& owner) {
  if (path.has_parent_path()) make_folders(path.parent_path());
  const int fd = retry_interrupted([&] {
    const int existing = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (existing >= 0 || (errno != ENOENT && errno != ENOTDIR)) return existing;
    return ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
  });
  if (fd < 0) throw_errno(path.string(), "create the lock");
  file_ = File(fd, path.string());
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return;
  if (errno == EWOULDBLOCK) {
    throw Error(ErrorKind::kFailed,
                fmt::format("{} is in use by another process (it holds {}); wait for it or stop it",
                            owner, path.string()));
  }
  // A network mount without flock still works; it only can't be guarded.
  if (errno != ENOLCK && errno != ENOSYS && errno != ENOTSUP) throw_errno(path.string(), "lock");
}

}  // namespace rod::io
