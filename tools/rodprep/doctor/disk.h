// A local folder's disk: room, and what a small file costs there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "doctor/finding.h"

namespace rod::doctor {

struct Disk {
  std::string folder;       // the nearest existing one to what was asked for
  std::string file_system;  // "ext4"; empty if unknown
  std::uint64_t bytes = 0, free_bytes = 0;
  std::uint64_t free_files = 0;  // inodes; 0 where the file system does not count them
  double seconds_per_small_file =
      0;  // to create, write and close one of kSmallFile bytes, on one thread
};

inline constexpr std::uint64_t kSmallFile = 55'000;  // a PNG of 256 pixels

// Writes 200 small files (11 MB) into a new folder there and removes them. Missing when nothing can
// be written there.
Finding<Disk> look_at_disk(const std::filesystem::path& folder);

}  // namespace rod::doctor
