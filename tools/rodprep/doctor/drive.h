// The mounted drive, and how fast it reads one large file.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "doctor/finding.h"

namespace rod::doctor {

struct Drive {
  std::string folder;     // where it is mounted, or what was asked for
  std::string type;       // "fuse.drive"
  std::string read_file;  // what was read to measure it; empty: no file large enough was found
  std::uint64_t file_bytes = 0;  // that file's size
  double bytes_per_second = 0;   // 0: not measured
  std::string problem;           // why it was not measured
};

// Measures by reading `source` (a file on the drive) at several places, past what the page cache
// holds. Without a `source`, looks for a mounted drive (type fuse.drive, /content/drive, or any
// other FUSE mount) and in it for a large file, in at most 2,000 names and three levels. Takes
// about `time`; a drive that hangs is left after 20 s with a `problem`. Missing: no drive is
// mounted, or `source` can't be opened. Throws as throw_if_stopped().
Finding<Drive> look_at_drive(const std::filesystem::path& source,
                             std::chrono::duration<double> time);

}  // namespace rod::doctor
