// `rodprep verify`: checks every hash of a data set.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "io/data_folder.h"

namespace rod::prepare {

struct VerifyReport {
  std::uint64_t shards = 0, samples = 0, bytes = 0;  // checked
  // "FILE: what is wrong", by shard, then by sample. Empty: every file and every pixel is
  // unchanged.
  std::vector<std::string> bad;
  std::vector<std::string> bad_shards;  // their files, as the manifest names them
};

// Compares each shard's size and hash with the manifest, opens it with all checks of the format,
// and compares every decoded sample with its hash; then reads the dataset.json of each parent. A
// shard at an address is fetched into a temporary file. Continues after errors and reports them.
// Throws what read_manifest() throws; Error(kInterrupted).
VerifyReport verify(const io::DataFolder& dataset, unsigned jobs, bool quiet);

}  // namespace rod::prepare
