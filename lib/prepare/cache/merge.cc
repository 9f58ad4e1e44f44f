#include "prepare/cache/merge.h"

#include <fmt/format.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "base/error.h"
#include "base/machine.h"
#include "base/progress.h"
#include "base/stop.h"
#include "io/file.h"
#include "io/file_hash.h"
#include "io/verified_copy.h"
#include "prepare/cache/folder.h"
#include "prepare/cache/manifest.h"
#include "prepare/cache/part.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;

struct Source {
  fs::path folder;
  FinishedPart finished;
};

// One of each, in order. Throws what merge() throws.
std::vector<Source> read_parts(const std::vector<fs::path>& folders) {
  std::vector<Source> parts;
  for (const fs::path& folder : folders) parts.push_back({folder, read_part(folder)});
  const FinishedPart& first = parts.front().finished;
  for (const Source& part : parts) {
    const std::string difference = plan_difference(first.plan.text, part.finished.plan.text);
    if (!difference.empty()) {
      throw BadInput(fmt::format("{} and {} are partitions of different data sets: {}",
                                 parts.front().folder.string(), part.folder.string(), difference));
    }
    if (part.finished.part.count != first.part.count) {
      throw BadInput(
          fmt::format("{} is part {}, but {} is part {}: give partitions with the same N",
                      parts.front().folder.string(), first.part.text(), part.folder.string(),
                      part.finished.part.text()));
    }
  }
  std::sort(parts.begin(), parts.end(), [](const Source& a, const Source& b) {
    return a.finished.part.number < b.finished.part.number;
  });
  std::string missing;
  unsigned next = 1;
  for (const Source& part : parts) {
    if (part.finished.part.number < next) {
      throw BadInput(fmt::format("part {} is given twice: {} and another folder",
                                 part.finished.part.text(), part.folder.string()));
    }
    for (; next < part.finished.part.number; ++next) missing += fmt::format(" {}", next);
    ++next;
  }
  for (; next <= parts.front().finished.part.count; ++next) missing += fmt::format(" {}", next);
  if (!missing.empty()) {
    throw BadInput(fmt::format(
        "of {} partitions, these are missing:{}; make them with rodprep cache … --part K/{}",
        parts.front().finished.part.count, missing, parts.front().finished.part.count));
  }
  return parts;
}

// Puts a shard into the data set, unless an earlier call has. Thread-safe.
void take_shard(const fs::path& part, const fs::path& destination, const shard::ShardInfo& shard) {
  const fs::path from = part / shard.file, to = destination / shard.file;
  const auto is_right = [&shard](const fs::path& path) {
    return io::hash_file(path) == io::FileHash{shard.bytes, shard.hash};
  };
  if (fs::exists(to)) {
    if (is_right(to)) return;
    fs::remove(to);
  }
  if (!fs::exists(from) || !is_right(from)) {
    throw BadInput(
        fmt::format("{}: is absent or damaged; run the rodprep cache of this partition again, "
                    "after removing {}",
                    from.string(), (part / kPartName).string()));
  }
  std::error_code other_disk;
  fs::create_hard_link(from, to, other_disk);
  if (!other_disk) return;
  io::CopyOptions copy;
  copy.expected = {shard.bytes, shard.hash};
  copy.between = io::stop_on_signal();
  io::copy_verified(*io::open_file(from), to, copy);
}

MergeReport run_merge(const fs::path& destination, const std::vector<fs::path>& folders,
                      bool quiet) {
  std::vector<Source> parts = read_parts(folders);
  const FinishedPart& outline = parts.front().finished;
  CachePlan plan = outline.plan;
  std::vector<UnitResult> results;
  std::vector<const fs::path*> where;  // [units] folder of the part that made it
  plan.units.clear();
  for (Source& part : parts) {
    where.insert(where.end(), part.finished.plan.units.size(), &part.folder);
    std::move(part.finished.plan.units.begin(), part.finished.plan.units.end(),
              std::back_inserter(plan.units));
    std::move(part.finished.results.begin(), part.finished.results.end(),
              std::back_inserter(results));
  }

  io::make_folders(destination);
  const io::FileLock lock(destination, destination.string());
  MergeReport report;
  if (!complete_dataset(destination, plan)) claim_folder(destination, plan.text);
  for (const dataset::Split& split : outline.dataset.splits)
    io::make_folders(destination / split.name);

  std::uint64_t bytes = 0;
  for (const UnitResult& result : results) {
    report.reject_count += result.rejects.size();
    report.shards += result.shard.samples > 0;
    bytes += result.shard.bytes;
  }
  Progress progress("merge", "shards", report.shards, bytes, quiet);
  tbb::parallel_for(std::size_t{0}, plan.units.size(), [&](std::size_t u) {
    throw_if_stopped("run the same command again to resume");
    if (results[u].shard.samples == 0) return;
    take_shard(*where[u], destination, results[u].shard);
    progress.add(1, results[u].shard.bytes);
  });
  for (const dataset::Split& split : outline.dataset.splits)
    io::sync_folder(destination / split.name);
  progress.finish();

  report.manifest = make_manifest(outline.dataset, plan, results);
  report.manifest.sources = outline.sources;
  report.manifest.fingerprint = shard::manifest_fingerprint(report.manifest);
  publish_manifest(destination, format_rejects(outline.dataset, plan, results), report.manifest);
  release_folder(destination);
  for (const shard::SplitInfo& split : report.manifest.splits) report.pairs += split.samples;
  return report;
}

}  // namespace

MergeReport merge(const fs::path& destination, const std::vector<fs::path>& parts, unsigned jobs,
                  bool quiet) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, thread_count(jobs));
  return run_merge(destination, parts, quiet);
}

}  // namespace rod::prepare
