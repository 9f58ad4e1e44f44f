// `rodprep verify`: every hash of a data set.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "io/data_folder.h"

namespace rod::prepare {

struct VerifyReport {
  std::uint64_t shards = 0, samples = 0, bytes = 0;  // looked at
  // "FILE: what is wrong", by shard, then by sample. Empty: every file and every pixel is as it was
  // made.
  std::vector<std::string> bad;
  std::vector<std::string> bad_shards;  // their files, as the manifest names them
};

// Compares each shard's size and hash with the manifest, opens it by all of the format's rules, and
// decodes every sample against its hash; then reads the dataset.json of each parent. A shard at an
// address is fetched into a temporary file. Goes on after what is bad. Throws what read_manifest
// throws; Error(kInterrupted).
VerifyReport verify(const io::DataFolder& dataset, unsigned jobs, bool quiet);

}  // namespace rod::prepare
