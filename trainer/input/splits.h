// Which splits and images a run takes, and its three splits, opened and checked.
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "shard/manifest.h"
#include "shard/split_reader.h"
#include "stream/residency.h"
#include "stream/staging.h"
#include "trainer/config.h"

namespace rod::trainer {

using Split = std::shared_ptr<const shard::SplitReader>;

// What a run says about its data; nothing by default.
using Say = std::function<void(const std::string&)>;

struct Splits {
  Split source_train, source_test, target;   // of the last two, one may be null
  stream::ResidencyPlan residency;           // of the two that are trained on
  std::shared_ptr<stream::Staging> staging;  // copies shards to this machine's disk; may be absent
  std::vector<std::shared_ptr<shard::SplitReader>> relabelled;  // the same splits, for relabel()
};

// Numbers the classes of all splits anew, as SplitReader::relabel() says.
void relabel(Splits& splits, const std::vector<std::int64_t>& labels);

// --smallset: the course's small lists have as many classes.
inline constexpr std::size_t kSmallsetClasses = 5;

// Throws BadInput when it has another number of classes.
void require_smallset(const std::filesystem::path& folder, const shard::Manifest& manifest);

// The manifest of a data set whose pixels training can use. `modality`: of the network, whose
// images there must be; empty: any. Throws BadInput.
shard::Manifest open_dataset(const io::DataFolder& folder, const io::Retrying& retrying = {},
                             const std::string& modality = "rgbd");

// The same for a run, as its --smallset says; with --local-dir it waits for the data's drive as the
// copies do. Throws what require_smallset() throws.
shard::Manifest open_training_data(const TrainConfig& config, const Say& say = {});

// Steps of an epoch: one pass over the source's train split.
std::uint64_t epoch_steps(const TrainConfig& config, const Splits& splits);

// Throws BadInput listing the splits there are, or when it is empty. `labels`: as
// SplitReader::relabel(); empty: as stored.
Split open_split(const io::DataFolder& folder, const shard::Manifest& manifest,
                 const std::string& name, const std::vector<std::int64_t>& labels = {});

// The run's splits, kept and copied as --residency, --local-dir and --local-limit say. `device`:
// where training happens. Throws what open_split() throws; Error(kUsage) when one that is trained
// on is smaller than a batch; Error(kNoRoom).
Splits open_splits(const TrainConfig& config, const shard::Manifest& manifest,
                   const torch::Device& device = torch::kCPU, const Say& say = {});

// `config` with `names`, `source`, `target`, `modality`, `depth_input` and `method` decided:
// - source: SOURCE-train and SOURCE-test where there is a SOURCE-train, else the split SOURCE and
//   its counterpart ("train" -> "test"). Without --source: synROD, or the one train split there is.
// - target: the split of that name. Without --target: ROD beside synROD, or the one split that is
//   left; with one train and one test split, the test split. A method that uses no target has none
//   then, but for ROD.
// - modality: both images, or the one that there is.
// - depth_input: surface normals of 16-bit depth, else what is stored; see with_depth_input().
// - method: rr, which compares two modalities; rotation where there is one. The result is the same
//   for a config that is decided already. Throws BadInput listing the splits there are,
//   Error(kUsage) when there is nothing to adapt to or to evaluate on; what find_method() throws.
TrainConfig with_data_choices(TrainConfig config, const shard::Manifest& manifest);

}  // namespace rod::trainer
