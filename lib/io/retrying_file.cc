#include "base/patient_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/error.h"

namespace rod {

PatientFile::PatientFile(const std::filesystem::path& path, Patience patience)
    : path_(path.string()), patience_(std::move(patience)) {
  File file;
  struct stat status {};
  patiently(path_, "open", patience_, [&] {
    file = File();  // closes what was opened in vain, before errno is looked at
    // O_NONBLOCK: a FIFO is refused below, instead of waiting for its writer for ever.
    file = File(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK), path_);
    return file.is_open() && ::fstat(file.fd(), &status) == 0 ? 0 : errno;
  });
  file.require_regular();
  file_ = std::make_shared<const File>(std::move(file));
  size_ = static_cast<std::uint64_t>(status.st_size);
  modified_ = status.st_mtim.tv_sec;
}

std::shared_ptr<const File> PatientFile::current() const {
  const std::lock_guard lock(mutex_);
  return file_;
}

// Changes nothing where it can't be opened yet: the next read fails and tries again.
void PatientFile::open_anew() const {
  const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return;
  auto file = std::make_shared<const File>(fd, path_);
  struct stat status {};
  if (::fstat(fd, &status) != 0) return;
  if (static_cast<std::uint64_t>(status.st_size) != size_ || status.st_mtim.tv_sec != modified_) {
    throw BadInput(fmt::format(
        "{}: has changed while it was read: it had {} bytes and has {}; run the command again",
        path_, size_, status.st_size));
  }
  const std::lock_guard lock(mutex_);
  file_ = std::move(file);
}

std::size_t PatientFile::read_some(std::span<std::byte> out, std::uint64_t offset) const {
  std::size_t done = 0;
  while (done < out.size()) {
    ssize_t got = 0;
    bool again = false;
    patiently(path_, fmt::format("read at offset {}", offset + done), patience_, [&] {
      if (std::exchange(again, true)) open_anew();
      got = ::pread(current()->fd(), out.data() + done, out.size() - done, off_t(offset + done));
      return got < 0 ? errno : 0;
    });
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void PatientFile::read_exactly(std::span<std::byte> out, std::uint64_t offset) const {
  const std::size_t got = read_some(out, offset);
  if (got == out.size()) return;
  throw BadInput(fmt::format("{}: ends at byte {}, expected {} bytes at offset {}; it is truncated",
                             path_, offset + got, out.size(), offset));
}

}  // namespace rod
