// A file on a mounted drive, whose calls fail and hang at times.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

namespace rod {

struct DriveOptions {
  std::chrono::milliseconds hang{30'000};  // a call that takes longer is left behind and made anew
  std::chrono::milliseconds give_up{1'800'000};                       // of failures in a row
  std::chrono::milliseconds first_pause{500}, longest_pause{30'000};  // between two tries
  std::function<ssize_t(int, void*, std::size_t, off_t)>
      read;                                     // pread(2), unless a test has another
  std::function<void(const std::string&)> say;  // told when an outage begins and ends; any thread
};

// Reads with retries. Every call runs on a thread of its own, so that one that never returns is left behind: then the
// file is opened anew. EIO, ENOTCONN and their like are tried again, with pauses that double. Any thread.
class DriveFile {
 public:
  // Opens at the first read. `stopped` is asked while it waits.
  DriveFile(const std::filesystem::path& path, const DriveOptions& options,
            std::function<bool()> stopped);

  const std::string& path() const { return path_; }

  // Errors: kFailed naming the file after `give_up`, or when stopped; throw_errno for what does not pass.
  std::uint64_t size();
  std::size_t read_some(std::span<std::byte> out, std::uint64_t offset);

 private:
  struct Attempt;
  std::shared_ptr<Attempt> attempt(std::size_t bytes, std::uint64_t offset) const;
  std::shared_ptr<Attempt> retry(std::size_t bytes, std::uint64_t offset);
  void pause(std::chrono::milliseconds time) const;

  const std::string path_;
  const DriveOptions& options_;
  const std::function<bool()> stopped_;
  std::mutex mutex_;
  std::shared_ptr<const int> fd_;  // closes itself when no call uses it any more
};

}  // namespace rod
