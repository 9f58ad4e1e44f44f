#include "stream/drive_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/patience.h"
#include "base/units.h"

namespace rod {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kAskEvery{50};  // whether to stop

// Closes on a thread of its own: on a drive close(2) may hang, too.
std::shared_ptr<const int> owned(int fd) {
  return {new int(fd), [](const int* number) {
            std::thread([fd = *number] { ::close(fd); }).detach();
            delete number;
          }};
}

}  // namespace

// One try, shared with the thread that makes it, which may outlive all of us.
struct DriveFile::Attempt {
  std::mutex mutex;
  std::condition_variable finished;
  bool done = false;
  int error = 0;
  std::uint64_t size = 0;  // of the file
  std::size_t count = 0;
  std::shared_ptr<const int> fd;
  std::vector<std::byte> bytes;
};

DriveFile::DriveFile(const std::filesystem::path& path, const DriveOptions& options,
                     std::function<bool()> stopped)
    : path_(path.string()), options_(options), stopped_(std::move(stopped)) {}

std::shared_ptr<DriveFile::Attempt> DriveFile::attempt(std::size_t bytes,
                                                       std::uint64_t offset) const {
  auto attempt = std::make_shared<Attempt>();
  attempt->fd = fd_;
  attempt->bytes.resize(bytes);
  auto read = options_.read ? options_.read : ::pread;
  std::thread([attempt, path = path_, read = std::move(read), offset] {
    std::shared_ptr<const int> fd = attempt->fd;
    int error = 0;
    std::size_t count = 0;
    struct stat status {};
    if (!fd) {
      const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
      if (number < 0)
        error = errno;
      else
        fd = owned(number);
    }
    if (error == 0 && ::fstat(*fd, &status) != 0) error = errno;
    while (error == 0 && count < attempt->bytes.size()) {
      const ssize_t got = read(*fd, attempt->bytes.data() + count, attempt->bytes.size() - count,
                               static_cast<off_t>(offset + count));
      if (got == 0) break;
      if (got > 0)
        count += static_cast<std::size_t>(got);
      else if (errno != EINTR)
        error = errno;
    }
    const std::lock_guard lock(attempt->mutex);
    attempt->fd = std::move(fd);
    attempt->size = static_cast<std::uint64_t>(status.st_size);
    attempt->count = count;
    attempt->error = error;
    attempt->done = true;
    attempt->finished.notify_all();
  }).detach();

  std::unique_lock lock(attempt->mutex);
  const auto deadline = Clock::now() + options_.hang;
  while (!attempt->done && Clock::now() < deadline && !stopped_()) {
    attempt->finished.wait_for(lock, kAskEvery, [&] { return attempt->done; });
  }
  return attempt->done ? attempt : nullptr;
}

void DriveFile::pause(milliseconds time) const {
  const auto end = Clock::now() + time;
  while (Clock::now() < end && !stopped_()) std::this_thread::sleep_for(std::min(time, kAskEvery));
}

std::shared_ptr<DriveFile::Attempt> DriveFile::retry(std::size_t bytes, std::uint64_t offset) {
  const auto start = Clock::now();
  milliseconds wait = options_.first_pause;
  for (bool told = false;; wait = std::min(2 * wait, options_.longest_pause)) {
    const std::shared_ptr<Attempt> made = attempt(bytes, offset);
    if (stopped_())
      throw Error(ErrorKind::kFailed, fmt::format("{}: stopped while it was read", path_));
    if (made && made->error == 0) {
      fd_ = made->fd;
      if (told && options_.say) options_.say(fmt::format("{}: the drive answers again", path_));
      return made;
    }
    if (made && !may_pass(made->error))
      throw_errno(path_, fmt::format("read at offset {}", offset), made->error);
    const std::string reason =
        made ? std::strerror(made->error)
             : fmt::format("no answer for {}",
                           format_duration(std::chrono::duration<double>(options_.hang)));
    if (Clock::now() - start >= options_.give_up) {
      throw Error(ErrorKind::kFailed,
                  fmt::format("{}: can't read at offset {}: {}, again and again for {}; see to the "
                              "drive's mount, then "
                              "run the same line again",
                              path_, offset, reason, format_duration(Clock::now() - start)));
    }
    if (!told && options_.say) options_.say(fmt::format("{}: {}; trying again", path_, reason));
    told = true;
    fd_.reset();
    pause(wait);
  }
}

std::uint64_t DriveFile::size() {
  const std::lock_guard lock(mutex_);
  return retry(0, 0)->size;
}

std::size_t DriveFile::read_some(std::span<std::byte> out, std::uint64_t offset) {
  const std::lock_guard lock(mutex_);
  const auto made = retry(out.size(), offset);
  std::memcpy(out.data(), made->bytes.data(), made->count);
  return made->count;
}

}  // namespace rod
