// `rodprep extract` as a pipeline: archive entries to files under one folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "archive/safe_path.h"

namespace rod {

struct ExtractOptions {
  std::filesystem::path archive, destination;
  std::vector<std::string> include, exclude;     // globs over the entry's path
  std::uint64_t limit_bytes = 1ull << 40;        // caps that a real data set never meets
  std::uint64_t limit_entries = 10'000'000;
  std::uint64_t limit_ratio = 1000;              // unpacked bytes per byte of a compressed archive
  std::uint64_t keep_free = 1ull << 30;          // bytes left free on the destination's disk
  PathLimits paths;
  bool skip_links = false;
  bool skip_bad = false;                         // --on-error skip
  bool dry_run = false;
  bool verify = false;                           // compare what is there instead of writing
  unsigned jobs = 0;
  bool quiet = false;
};

struct ExtractReport {
  std::uint64_t files = 0, folders = 0, bytes = 0;  // in the archive, after selection
  std::uint64_t written = 0, kept = 0;              // files written now, files that were there already
  std::vector<std::string> skipped;                 // "path: reason"
};

// Errors: BadInput (exit 3) naming archive and entry; kNoRoom (exit 4); kFailed; kInterrupted.
// Complete entries stay; nothing half-written stays under a final name.
ExtractReport extract(const ExtractOptions& options);

}  // namespace rod
