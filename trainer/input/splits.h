// Chooses the splits and images of a run, and opens and checks its three splits.
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

// Receives messages about a run's data; may be empty.
using Say = std::function<void(const std::string&)>;

struct Splits {
  Split source_train, source_test, target;   // one of the last two may be null
  stream::ResidencyPlan residency;           // of the two splits that are trained on
  std::shared_ptr<stream::Staging> staging;  // copies shards to this machine's disk; may be absent
  std::vector<std::shared_ptr<shard::SplitReader>> relabelled;  // the same splits, for relabel()
};

// Renumbers the classes of all splits, see SplitReader::relabel().
void relabel(Splits& splits, const std::vector<std::int64_t>& labels);

// The number of classes in the course's small lists, for --smallset.
inline constexpr std::size_t kSmallsetClasses = 5;

// Throws BadInput if the data set has another number of classes.
void require_smallset(const std::filesystem::path& folder, const shard::Manifest& manifest);

// Returns the manifest of a data set. Throws BadInput if training can't use its pixels. `modality`:
// of the network, which the data set must have; empty: any.
shard::Manifest open_dataset(const io::DataFolder& folder, const io::Retrying& retrying = {},
                             const std::string& modality = "rgbd");

// The same for a run, with the check of --smallset. With --local-dir, failing reads of a drive are
// retried like those of the copies. Throws what require_smallset() throws.
shard::Manifest open_training_data(const TrainConfig& config, const Say& say = {});

// Returns the steps of an epoch, which is one pass over the source's train split.
std::uint64_t epoch_steps(const TrainConfig& config, const Splits& splits);

// Opens a split. `labels`: as for SplitReader::relabel(); empty: as stored. Throws BadInput if
// there is no such split (listing the existing ones) or it is empty.
Split open_split(const io::DataFolder& folder, const shard::Manifest& manifest,
                 const std::string& name, const std::vector<std::int64_t>& labels = {});

// Opens the run's splits, kept and copied as --residency, --local-dir and --local-limit say.
// `device`: of training. Throws what open_split() throws; Error(kUsage) if a split that is trained
// on is smaller than a batch; Error(kNoRoom).
Splits open_splits(const TrainConfig& config, const shard::Manifest& manifest,
                   const torch::Device& device = torch::kCPU, const Say& say = {});

// Returns `config` with `names`, `source`, `target`, `modality`, `depth_input` and `method`
// decided:
// - source: SOURCE-train and SOURCE-test if there is a SOURCE-train, otherwise the split SOURCE and
//   its counterpart ("train" -> "test"). Without --source: synROD, or the only train split.
// - target: the split of that name. Without --target: ROD if the source is synROD, or the only
//   remaining split; with one train and one test split, the test split. A method that uses no
//   target then has none, except ROD.
// - modality: both, or the only one in the data set.
// - depth_input: surface normals of 16-bit depth, otherwise as stored; see with_depth_input().
// - method: rr, which compares two modalities; rotation if there is only one. A config that is
//   already decided is returned unchanged. Throws BadInput listing the splits of the data set;
//   Error(kUsage) if there is nothing to adapt to or to evaluate on; what find_method() throws.
TrainConfig with_data_choices(TrainConfig config, const shard::Manifest& manifest);

}  // namespace rod::trainer
