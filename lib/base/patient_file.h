// A file on a mounted drive, whose reads may fail for a while.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "base/file.h"

namespace rod {

struct Patience {
  std::chrono::seconds time{0};                   // for which one read may go on failing
  std::function<void(const std::string&)> say{};  // told before each new try, if set; any thread
};

// Reads that fail as a drive's do (EIO, ENOTCONN and their like) are tried again, with pauses that grow from a quarter of
// a second to eight, on a descriptor that is opened anew: one of a mount that has gone never works again.
class PatientFile {
 public:
  // Errors: as File::open_read, at once.
  explicit PatientFile(const std::filesystem::path& path, Patience patience = {});

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }  // bytes, when it was opened

  // As File's. Any thread. Errors: throw_errno when the time is over; BadInput when the file that has come back is
  // another one (by its size and time); kInterrupted, kTerminated.
  std::size_t read_some(std::span<std::byte> out, std::uint64_t offset) const;
  void read_exactly(std::span<std::byte> out, std::uint64_t offset) const;

 private:
  std::shared_ptr<const File> current() const;
  void open_anew() const;

  const std::string path_;
  const Patience patience_;
  std::uint64_t size_ = 0;
  std::int64_t modified_ = 0;  // seconds
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const File> file_;
};

}  // namespace rod
