#include "base/patient_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/stop.h"

namespace rod {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{250}, kLongestPause{8000}, kLookForStop{50};

// What FUSE and network mounts answer while they are broken, or gone and about to be mounted again.
bool may_pass(int error_number) {
  switch (error_number) {
    case EIO:
    case ENOTCONN:
    case ECONNABORTED:
    case ECONNRESET:
    case ESTALE:
    case ETIMEDOUT:
    case ENODEV:
    case ENXIO:
    case EAGAIN:
    case EREMOTEIO:
      return true;
    default:
      return false;
  }
}

void pause(milliseconds time) {
  const auto end = Clock::now() + time;
  while (Clock::now() < end) {
    throw_if_stopped("run the same command again to go on");
    std::this_thread::sleep_for(std::min(time, kLookForStop));
  }
}

}  // namespace

PatientFile::PatientFile(const std::filesystem::path& path, Patience patience)
    : path_(path.string()),
      patience_(std::move(patience)),
      file_(std::make_shared<const File>(File::open_read(path))) {
  struct stat status {};
  if (::fstat(file_->fd(), &status) != 0) throw_errno(path_, "read the size");
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
  milliseconds next_pause = kFirstPause;
  Clock::time_point deadline;
  auto file = current();
  while (done < out.size()) {
    const ssize_t got =
        ::pread(file->fd(), out.data() + done, out.size() - done, off_t(offset + done));
    if (got == 0) break;
    if (got > 0) {
      done += static_cast<std::size_t>(got);
      next_pause = kFirstPause;
      continue;
    }
    const int error_number = errno;
    if (error_number == EINTR) continue;
    if (next_pause == kFirstPause) deadline = Clock::now() + patience_.time;
    const std::string what = fmt::format("read at offset {}", offset + done);
    if (!may_pass(error_number) || Clock::now() >= deadline) {
      throw_errno(path_, what, error_number);
    }
    if (patience_.say) {
      patience_.say(fmt::format("{}: can't {}: {}; trying again in {:.2g} s", path_, what,
                                std::generic_category().message(error_number),
                                std::chrono::duration<double>(next_pause).count()));
    }
    pause(next_pause);
    next_pause = std::min(2 * next_pause, kLongestPause);
    open_anew();
    file = current();
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
