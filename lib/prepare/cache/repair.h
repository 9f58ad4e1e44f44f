// `rodprep verify --repair`: rebuilds the damaged shards of a data set.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dataset/layout.h"
#include "prepare/drive_retry.h"
#include "prepare/source.h"

namespace rod::prepare {

struct RepairOptions {
  std::filesystem::path dataset, source;
  SourceOptions reading;          // of the source
  io::FileOpener open{};          // of the source, if it is an archive but not a local file
  dataset::LayoutOptions layout;  // --split, --smallset, patterns: as when the data set was made
  std::chrono::seconds retry = kDriveRetry;  // how long failing reads of the source are retried
  unsigned jobs = 0;
  bool quiet = false;
};

// Rebuilds `bad_shards` (file names of the manifest) from the source and keeps the others. Options
// that SOURCE does not determine are read from the shards' headers. The result is the original data
// set, bit for bit. To resume after a kill, run `rodprep cache` with the original options. Throws
// BadInput before changing anything if the source or the layout options are not those that the data
// set was made from (with the difference), or if no shard's header can be read. Throws BadInput at
// the end if the source's images or the zstd library gave other bytes: the data set is then
// complete and valid, but not the original.
void repair(const RepairOptions& options, const std::vector<std::string>& bad_shards);

}  // namespace rod::prepare
