#include "prepare/cache/folder.h"

#include <fmt/format.h>

#include <vector>

#include "base/error.h"
#include "io/file.h"
#include "io/file_hash.h"
#include "prepare/cache/shard_notes.h"
#include "shard/safetensors_file.h"
#include "shard/shard_reader.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& folder, const std::string& what,
                         const std::string& difference) {
  throw BadInput(fmt::format(
      "{}: {} of another source or other options: {}. Use another folder, or delete this one",
      folder.string(), what, difference));
}

void refuse_foreign_files(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (io::is_temporary_name(name)) continue;
    throw BadInput(
        fmt::format("{}: is not a data set, but contains '{}'; choose a new or empty folder",
                    folder.string(), name));
  }
}

// Whether the first shard that is there was made by this plan.
bool holds_shards_of(const fs::path& folder, const CachePlan& plan) {
  for (const ShardUnit& unit : plan.units) {
    if (!fs::exists(folder / unit.file)) continue;
    const shard::SafetensorsFile file(folder / unit.file);
    return notes_from_metadata(file.metadata(), file.path()).plan == plan.text;
  }
  return false;
}

// The manifest, or nothing when it is damaged but the shards around it are this plan's: then only
// it is made again.
std::optional<shard::Manifest> readable_manifest(const fs::path& folder, const CachePlan& plan) {
  try {
    return shard::read_manifest(folder);
  } catch (const BadInput&) {
    if (!holds_shards_of(folder, plan)) throw;
  }
  io::write_file(folder / kPlanName, plan.text + "\n");
  fs::remove(folder / shard::kManifestName);
  return std::nullopt;
}

}  // namespace

std::optional<shard::Manifest> complete_dataset(const fs::path& folder, const CachePlan& plan) {
  if (!fs::exists(folder / shard::kManifestName)) return std::nullopt;
  auto manifest = readable_manifest(folder, plan);
  if (!manifest) return std::nullopt;
  for (const shard::SplitInfo& split : manifest->splits) {
    for (const shard::ShardInfo& shard : split.shards) {
      const shard::SafetensorsFile file(folder / shard.file);
      const std::string made_by = notes_from_metadata(file.metadata(), file.path()).plan;
      const std::string difference = plan_difference(made_by, plan.text);
      if (!difference.empty()) refuse(folder, "holds the complete data set", difference);
      return manifest;
    }
  }
  return manifest;
}

void remove_leftovers(const fs::path& folder) {
  std::vector<fs::path> leftovers;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && io::is_temporary_name(entry.path().filename().string())) {
      leftovers.push_back(entry.path());
    }
  }
  for (const fs::path& leftover : leftovers) fs::remove(leftover);
}

void claim_folder(const fs::path& folder, const std::string& plan_text) {
  const fs::path path = folder / kPlanName;
  if (fs::exists(path)) {
    std::string text = io::read_file(path);
    if (text.ends_with('\n')) text.pop_back();
    const std::string difference = plan_difference(text, plan_text);
    if (!difference.empty()) refuse(folder, "holds an unfinished data set", difference);
  } else {
    refuse_foreign_files(folder);
    io::write_file(path, plan_text + "\n");
  }
  remove_leftovers(folder);
}

std::optional<UnitResult> finished_unit(const fs::path& folder, const CachePlan& plan,
                                        const ShardUnit& unit) {
  const fs::path path = folder / unit.file;
  if (!fs::exists(path)) return std::nullopt;
  try {
    const shard::ShardReader reader(path, plan.pixels, plan.codec);
    ShardNotes notes = notes_from_metadata(reader.metadata(), path.string());
    if (notes.plan == plan.text && reader.samples() + notes.rejects.size() == unit.count) {
      const io::FileHash file = io::hash_file(path);
      return UnitResult{{unit.file, reader.samples(), file.bytes, file.hash},
                        notes.rgb,
                        notes.depth,
                        std::move(notes.rejects)};
    }
  } catch (const BadInput&) {
    // Falls through: whatever made it, it is no finished shard of this plan.
  }
  fs::remove(path);
  return std::nullopt;
}

void release_folder(const fs::path& folder) {
  fs::remove(folder / kPlanName);
}

}  // namespace rod::prepare
