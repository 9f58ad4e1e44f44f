// The three splits of a run, opened and checked.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "shard/manifest.h"
#include "shard/split_reader.h"
#include "trainer/config.h"

namespace rod {

using Split = std::shared_ptr<const SplitReader>;

struct Splits {
  Split source_train, source_test, target;
};

// The manifest of a data set whose pixels training can use. Errors: BadInput, for 16-bit depth too.
Manifest open_dataset(const std::filesystem::path& folder);

// Errors: BadInput listing the splits there are, or when it is empty.
Split open_split(const std::filesystem::path& folder, const Manifest& manifest,
                 const std::string& name);

// Errors: open_split()'s; kUsage when one that is trained on is smaller than
// a batch.
Splits open_splits(const TrainConfig& config, const Manifest& manifest);

}  // namespace rod
