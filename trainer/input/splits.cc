#include "trainer/input/splits.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/machine.h"
#include "trainer/tensor/gpu.h"

namespace rod {
namespace {

void check_batch_fits(const SplitReader& split, std::uint32_t batch_size) {
  if (split.size() >= batch_size) return;
  throw Error(
      ErrorKind::kUsage,
      fmt::format("split {} has {} pairs, fewer than one batch of {}; use --batch-size {} or less",
                  split.name(), split.size(), batch_size, split.size()));
}

std::shared_ptr<SplitReader> open(const std::filesystem::path& folder, const Manifest& manifest,
                                  const std::string& name, const ShardOpener& opener) {
  auto split = std::make_shared<SplitReader>(folder, manifest, name, opener);
  if (split->size() == 0) {
    throw BadInput(fmt::format("{}: split {} is empty", folder.string(), name));
  }
  return split;
}

ResidencyFacts residency_facts(const std::vector<const SplitReader*>& splits,
                               const Manifest& manifest, const torch::Device& device) {
  ResidencyFacts facts;
  facts.codec = manifest.codec;
  for (const SplitReader* split : splits) {
    facts.decoded += split->size() * (split->pixels().rgb_bytes() + split->pixels().depth_bytes());
    for (const ShardInfo& shard : split->info().shards) facts.stored += shard.bytes;
  }
  facts.memory = available_memory();
  if (const auto memory = gpu_memory(device)) facts.device_memory = memory->total - memory->used;
  return facts;
}

}  // namespace

void require_smallset(const std::filesystem::path& folder, const Manifest& manifest) {
  if (manifest.classes.size() == kSmallsetClasses) return;
  throw BadInput(
      fmt::format("{}: has {} classes, but --smallset trains on {}; make the data set of the "
                  "small lists with 'rodprep cache --smallset', or leave the flag out",
                  folder.string(), manifest.classes.size(), kSmallsetClasses));
}

Manifest open_dataset(const std::filesystem::path& folder, const io::Retrying& retrying) {
  Manifest manifest = read_manifest(folder, retrying);
  const auto refuse = [&](const char* what, const char* instead) {
    throw BadInput(fmt::format("{}: {}; make the data set again with 'rodprep cache {}'",
                               (folder / kManifestName).string(), what, instead));
  };
  const PixelFormat& pixels = manifest.pixels;
  if (pixels.depth == DepthKind::kRaw16) {
    refuse("its depth is 16-bit millimetres, training needs 8-bit colours", "--depth normals");
  }
  if (!pixels.has_depth())
    refuse("it has no depth images, which training needs", "SOURCE_WITH_DEPTH");
  if (pixels.ragged())
    refuse("its images have each their own size, training needs one", "--size 256");
  return manifest;
}

Manifest open_training_data(const TrainConfig& config, const Say& say) {
  io::Retrying retrying;
  if (!config.local_dir.empty()) retrying = {kDriveRetries, io::stop_on_signal(), say};
  Manifest manifest = open_dataset(config.data, retrying);
  if (config.smallset) require_smallset(config.data, manifest);
  return manifest;
}

std::uint64_t epoch_steps(const TrainConfig& config, const Splits& splits) {
  return splits.source_train->size() / config.batch_size;
}

Split open_split(const std::filesystem::path& folder, const Manifest& manifest,
                 const std::string& name) {
  return open(folder, manifest, name, {});
}

Splits open_splits(const TrainConfig& config, const Manifest& manifest, const torch::Device& device,
                   const Say& say) {
  Splits splits;
  if (!config.local_dir.empty()) {
    StagingOptions options;
    options.folder = config.local_dir;
    options.limit = config.local_limit;
    options.log = say;
    splits.staging = std::make_shared<Staging>(options, manifest);
  }
  const auto open_one = [&](const std::string& name) {
    return open(config.data, manifest, name,
                splits.staging ? splits.staging->opener() : ShardOpener{});
  };
  const auto source_train = open_one(config.source_train()),
             source_test = open_one(config.source_test()), target = open_one(config.target);
  check_batch_fits(*source_train, config.batch_size);
  check_batch_fits(*target, config.batch_size);

  splits.residency =
      plan_residency(residency_from_name(config.residency),
                     residency_facts({source_train.get(), target.get()}, manifest, device));
  if (say) say("data: " + splits.residency.reason);
  if (splits.residency.kind == Residency::kRam) {
    const auto budget = std::make_shared<MemoryBudget>(kMemoryReserve / 2);
    for (SplitReader* split : {source_train.get(), target.get(), source_test.get()})
      split->keep_decoded(budget);
  }
  splits.source_train = source_train;
  splits.source_test = source_test;
  splits.target = target;
  return splits;
}

}  // namespace rod
