#include "trainer/input/splits.h"

#include <fmt/format.h>

#include "base/capacity.h"
#include "base/error.h"
#include "base/machine.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

constexpr std::chrono::seconds kFirstContact{60};  // for which an address may not answer

void check_batch_fits(const shard::SplitReader& split, std::uint32_t batch_size) {
  if (split.size() >= batch_size) return;
  throw Error(
      ErrorKind::kUsage,
      fmt::format("split {} has {} pairs, fewer than one batch of {}; use --batch-size {} or less",
                  split.name(), split.size(), batch_size, split.size()));
}

std::shared_ptr<shard::SplitReader> open(const std::filesystem::path& folder,
                                         const shard::Manifest& manifest, const std::string& name,
                                         const shard::ShardOpener& opener) {
  auto split = std::make_shared<shard::SplitReader>(folder, manifest, name, opener);
  if (split->size() == 0) {
    throw BadInput(fmt::format("{}: split {} is empty", folder.string(), name));
  }
  return split;
}

stream::ResidencyFacts residency_facts(const std::vector<const shard::SplitReader*>& splits,
                                       const shard::Manifest& manifest, const TrainConfig& config,
                                       const torch::Device& device) {
  stream::ResidencyFacts facts;
  facts.codec = manifest.codec;
  facts.gpu_step = config.step_memory;
  for (const shard::SplitReader* split : splits) {
    // 16-bit depth takes the three bytes of a colour on the GPU.
    const shard::PixelFormat& pixels = split->pixels();
    const std::uint64_t images = std::uint64_t{pixels.has_rgb()} + pixels.has_depth();
    facts.decoded += split->size() * images * pixels.height * pixels.width * 3;
    for (const shard::ShardInfo& shard : split->info().shards) facts.stored += shard.bytes;
  }
  facts.machine.memory = available_memory();
  if (const auto memory = gpu_memory(device))
    facts.machine.gpu_memory = memory->total - memory->used;
  return facts;
}

}  // namespace

void require_smallset(const std::filesystem::path& folder, const shard::Manifest& manifest) {
  if (manifest.classes.size() == kSmallsetClasses) return;
  throw BadInput(
      fmt::format("{}: has {} classes, but --smallset trains on {}; make the data set from the "
                  "small lists with 'rodprep cache --smallset', or omit the flag",
                  folder.string(), manifest.classes.size(), kSmallsetClasses));
}

shard::Manifest open_dataset(const io::DataFolder& folder, const io::Retrying& retrying,
                             const std::string& modality) {
  io::FileOpener open;
  if (folder.open_with) {
    open = [&](const std::filesystem::path& path) { return folder.open_with(path, retrying); };
  }
  shard::Manifest manifest = shard::read_manifest(folder.name, retrying, open);
  const auto refuse = [&](const std::string& what) {
    throw BadInput(fmt::format("{}: {}", (folder.name / shard::kManifestName).string(), what));
  };
  const auto refuse_without = [&](const char* images, const char* other) {
    refuse(
        fmt::format("it has no {} images, which --modality {} needs; train with --modality {}, "
                    "or make a data set that has them",
                    images, modality, other));
  };
  const shard::PixelFormat& pixels = manifest.pixels;
  if ((modality == "rgbd" || modality == "depth") && !pixels.has_depth())
    refuse_without("depth", "rgb");
  if ((modality == "rgbd" || modality == "rgb") && !pixels.has_rgb())
    refuse_without("RGB", "depth");
  if (pixels.ragged()) {
    refuse(
        "its images differ in size, and training needs one size; make the data set again with "
        "'rodprep cache --size 256'");
  }
  return manifest;
}

shard::Manifest open_training_data(const TrainConfig& config, const Say& say) {
  const io::DataFolder& address = config.dataset;
  const io::DataFolder folder = address.open ? address : io::DataFolder(config.data);
  io::Retrying retrying;
  if (!config.local_dir.empty() || address.open)
    retrying = {stream::kDriveRetries, io::stop_on_signal(), say};
  // An address that was mistyped does not pass.
  if (address.open) retrying.policy.give_up_after = kFirstContact;
  shard::Manifest manifest = open_dataset(folder, retrying, config.modality);
  if (config.smallset) require_smallset(config.data, manifest);
  return manifest;
}

void relabel(Splits& splits, const std::vector<std::int64_t>& labels) {
  for (const auto& split : splits.relabelled) split->relabel(labels);
}

std::uint64_t epoch_steps(const TrainConfig& config, const Splits& splits) {
  return splits.source_train->size() / config.batch_size;
}

Split open_split(const io::DataFolder& folder, const shard::Manifest& manifest,
                 const std::string& name, const std::vector<std::int64_t>& labels) {
  io::FileOpener fetching;
  if (folder.open) {
    fetching = [opens = folder.open](const std::filesystem::path& path) {
      return io::fetched_when_read(opens(path));
    };
  }
  const auto split = open(folder.name, manifest, name, shard::shard_opener(fetching));
  split->relabel(labels);
  return split;
}

Splits open_splits(const TrainConfig& given, const shard::Manifest& manifest,
                   const torch::Device& device, const Say& say) {
  const TrainConfig config = with_data_choices(given, manifest);
  Splits splits;
  if (!config.local_dir.empty() || config.dataset.open) {
    stream::StagingOptions options;
    options.folder = scratch_folder(config.local_dir);
    options.open_with = config.dataset.open_with;
    options.limit = config.local_limit;
    options.log = say;
    splits.staging = std::make_shared<stream::Staging>(options, manifest);
  }
  const auto open_one = [&](const std::string& name) -> std::shared_ptr<shard::SplitReader> {
    if (name.empty()) return nullptr;
    return open(config.data, manifest, name,
                splits.staging ? splits.staging->opener() : shard::ShardOpener{});
  };
  const auto source_train = open_one(config.source_train()),
             source_test = open_one(config.source_test()), target = open_one(config.target);
  check_batch_fits(*source_train, config.batch_size);
  if (target) check_batch_fits(*target, config.batch_size);

  std::vector<const shard::SplitReader*> trained_on = {source_train.get()};
  if (target) trained_on.push_back(target.get());
  for (const auto& split : {source_train, target, source_test}) {
    if (split) splits.relabelled.push_back(split);
  }
  splits.residency = stream::plan_residency(stream::residency_from_name(config.residency),
                                            residency_facts(trained_on, manifest, config, device));
  if (say) say("data: " + splits.residency.reason);
  if (splits.residency.kind == stream::Residency::kRam) {
    const auto budget = std::make_shared<shard::MemoryBudget>(kTrainerMemory / 2);
    for (const auto& split : splits.relabelled) split->keep_decoded(budget);
  }
  splits.source_train = source_train;
  splits.source_test = source_test;
  splits.target = target;
  return splits;
}

}  // namespace rod::trainer
