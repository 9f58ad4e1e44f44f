#include "trainer/splits.h"

#include <fmt/format.h>

#include "base/error.h"

namespace rod {
namespace {

void check_batch_fits(const SplitReader& split, std::uint32_t batch_size) {
  if (split.size() >= batch_size) return;
  throw Error(
      ErrorKind::kUsage,
      fmt::format("split {} has {} pairs, fewer than one batch of {}; use --batch-size {} or less",
                  split.name(), split.size(), batch_size, split.size()));
}

}  // namespace

Manifest open_dataset(const std::filesystem::path& folder) {
  Manifest manifest = read_manifest(folder);
  if (manifest.pixels.depth != DepthKind::kColour) {
    throw BadInput(fmt::format(
        "{}: its depth is 16-bit millimetres, training needs 8-bit colours; make the data "
        "set again with 'rodprep cache --depth rgb'",
        (folder / kManifestName).string()));
  }
  return manifest;
}

Split open_split(const std::filesystem::path& folder, const Manifest& manifest,
                 const std::string& name) {
  auto split = std::make_shared<const SplitReader>(folder, manifest, name);
  if (split->size() == 0) {
    throw BadInput(fmt::format("{}: split {} is empty", folder.string(), name));
  }
  return split;
}

Splits open_splits(const TrainConfig& config, const Manifest& manifest) {
  const Splits splits{open_split(config.data, manifest, config.source_train()),
                      open_split(config.data, manifest, config.source_test()),
                      open_split(config.data, manifest, config.target)};
  check_batch_fits(*splits.source_train, config.batch_size);
  check_batch_fits(*splits.target, config.batch_size);
  return splits;
}

}  // namespace rod
