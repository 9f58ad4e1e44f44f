// `rodprep verify --repair`: makes the damaged shards of a data set again.
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
  io::FileOpener open{};          // of the source, if it is an archive and no file of this machine
  dataset::LayoutOptions layout;  // --split, --smallset, patterns: as when the data set was made
  std::chrono::seconds retry = kDriveRetry;  // for which a read of the source may go on failing
  unsigned jobs = 0;
  bool quiet = false;
};

// Makes `bad_shards` (files as in the manifest) again from the source; the others are kept. What
// cannot be told from SOURCE is read from the shards' headers. The result is the data set that it
// was, bit for bit. When the process is killed, `rodprep cache` with the options of old goes on.
// Throws BadInput before anything is changed, when the source or the layout options are not those
// that the data set was made from, with the difference, or when no shard's header can be read;
// BadInput afterwards, when the source's images or the zstd library gave other bytes: the data set
// is complete and intact then, but another one.
void repair(const RepairOptions& options, const std::vector<std::string>& bad_shards);

}  // namespace rod::prepare
