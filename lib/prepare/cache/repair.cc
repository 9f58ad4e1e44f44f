#include "prepare/cache/repair.h"

#include <fmt/format.h>

#include "base/error.h"
#include "io/file.h"
#include "prepare/cache/cache.h"
#include "prepare/cache/folder.h"
#include "prepare/cache/format_options.h"
#include "shard/parents.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;

// What a run of `cache` needs to make this data set again.
CacheOptions options_of(const RepairOptions& repair, const shard::Manifest& manifest,
                        const std::string& plan) {
  CacheOptions options;
  options.source = repair.source;
  options.destination = repair.dataset;
  options.layout = repair.layout;
  options.reading = repair.reading;
  options.open = repair.open;
  options.retry = repair.retry;
  options.jobs = repair.jobs;
  options.quiet = repair.quiet;
  // Pairs that were refused before are refused again; more would be another data set.
  options.skip_bad = true;
  options.max_rejects = 0;
  for (const shard::SplitInfo& split : manifest.splits)
    options.max_rejects += split.lines_left_out.size();
  take_format(repair.dataset, manifest, plan, {}, options);
  return options;
}

}  // namespace

void repair(const RepairOptions& options, const std::vector<std::string>& bad_shards) {
  const shard::Manifest before = shard::read_manifest(options.dataset);
  if (!before.parents.empty()) {
    throw BadInput(
        fmt::format("{}: grew by rodprep cache --append, so its shards come from several sources, "
                    "and a single SOURCE can't rebuild them. To repair: copy {} over {}, verify "
                    "--repair with the first SOURCE, then rodprep cache --append the others",
                    options.dataset.string(),
                    (options.dataset / shard::parent_file_name(before.parents[0])).string(),
                    (options.dataset / shard::kManifestName).string()));
  }
  const std::string plan = plan_of_shards(options.dataset, before);
  const CacheOptions cache_options = options_of(options, before, plan);
  const std::string difference = plan_difference(plan, cache_plan_text(cache_options));
  if (!difference.empty()) {
    throw BadInput(
        fmt::format("{}: is not what {} was made from: {}. Give the original source, and the "
                    "original --layout, --split or --smallset; nothing was changed",
                    options.source.string(), options.dataset.string(), difference));
  }
  {
    const io::FileLock lock(options.dataset, options.dataset.string());
    // In this order: with the plan there and no manifest, it is an unfinished data set, whatever
    // happens next.
    io::write_file(options.dataset / kPlanName, plan + "\n");
    fs::remove(options.dataset / shard::kManifestName);
    for (const std::string& shard : bad_shards) fs::remove(options.dataset / shard);
  }
  const CacheReport made = cache(cache_options);
  if (made.manifest.fingerprint == before.fingerprint) return;
  throw BadInput(fmt::format(
      "{}: was repaired, but its fingerprint is now {} and was {}: the source's images have "
      "changed, or zstd is of another version. It is a complete data set, but not the original one",
      options.dataset.string(), made.manifest.fingerprint, before.fingerprint));
}

}  // namespace rod::prepare
