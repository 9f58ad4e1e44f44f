// A file on a mounted drive, whose reads may fail for a while.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "base/file.h"

namespace rod {

// Calls that fail as a drive's do are made again, patiently(); reads on a descriptor that is opened anew, as one of a mount
// that has gone never works again.
class PatientFile {
 public:
  // Errors: as File::open_read and patiently().
  explicit PatientFile(const std::filesystem::path& path, Patience patience = {});

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }  // bytes, when it was opened

  // As File's. Any thread. Errors: as patiently(); BadInput when the file that has come back is
  // another one (by its size and time).
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
