#include "prepare/cache/cache.h"

#include <fmt/format.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <variant>

#include "base/error.h"
#include "base/machine.h"
#include "base/progress.h"
#include "base/status_line.h"
#include "base/stop.h"
#include "base/units.h"
#include "image/decode.h"
#include "io/file.h"
#include "prepare/cache/append.h"
#include "prepare/cache/codec_choice.h"
#include "prepare/cache/folder.h"
#include "prepare/cache/forecast.h"
#include "prepare/cache/format_options.h"
#include "prepare/cache/manifest.h"
#include "prepare/cache/pair_encoder.h"
#include "prepare/cache/pair_reader.h"
#include "prepare/cache/part.h"
#include "prepare/cache/plan.h"
#include "prepare/cache/room.h"
#include "prepare/cache/shard_committer.h"
#include "prepare/cache/shard_destination.h"
#include "prepare/cache/understanding.h"
#include "prepare/cache/unit_result.h"
#include "prepare/source.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxShardBytes = 4ull << 30;  // two are in memory

void check_options(const CacheOptions& options) {
  constexpr std::uint32_t kMaxSize = 4096;
  const auto refuse = [](const std::string& what) { throw Error(ErrorKind::kUsage, what); };
  if (options.size > kMaxSize) {
    refuse(fmt::format("--size {}: expected 1 to {} pixels, or 0 to keep each image's own size",
                       options.size, kMaxSize));
  }
  if (options.shard_bytes < 1 || options.shard_bytes > kMaxShardBytes) {
    refuse(fmt::format("--shard-size: expected up to {}, as two shards are held in memory",
                       format_size(double(kMaxShardBytes))));
  }
  if (options.apply_exif && options.depth == DepthChoice::kNormals) {
    refuse(
        "--exif apply with --depth normals: a rotated image would contain vectors that are not "
        "rotated; omit one of the two");
  }
}

void check_append(const CacheOptions& options) {
  if (!options.part.is_whole())
    throw Error(ErrorKind::kUsage, "--append and --part: one run appends; leave one of them out");
  if (options.inventory) {
    throw Error(ErrorKind::kUsage,
                "--append and --inventory: sources.jsonl lists the files of one source; look at "
                "this one's with --dry-run");
  }
}

// By the first depth image that can be decoded.
shard::DepthKind depth_kind(const dataset::Tree& tree, const dataset::Dataset& dataset,
                            DepthChoice choice, double depth_scale) {
  if (!dataset.has_depth()) {
    if (choice == DepthChoice::kAuto) return shard::DepthKind::kNone;
    throw BadInput(fmt::format(
        "{}: has no depth images; omit --depth to make a data set of RGB only", tree.name()));
  }
  if (choice != DepthChoice::kAuto)
    return choice == DepthChoice::kRaw16 ? shard::DepthKind::kRaw16 : shard::DepthKind::kColour;
  std::vector<std::byte> file;
  std::string why;
  for (const dataset::Split& split : dataset.splits) {
    for (const dataset::Sample& sample : split.samples) {
      if (wanted_bytes(tree, sample.depth) == 0) continue;
      tree.read(sample.depth, file);
      const image::Decoded decoded = image::decode_depth(file, {.depth_scale = depth_scale});
      if (const auto* image = std::get_if<image::Image>(&decoded)) {
        return image->sample_bytes == 2 ? shard::DepthKind::kRaw16 : shard::DepthKind::kColour;
      }
      if (why.empty()) {
        why = fmt::format("; the first, {}: {}", sample.depth,
                          std::get<image::Reject>(decoded).reason);
      }
    }
  }
  throw BadInput(fmt::format("{}: none of its depth images can be decoded{}", tree.name(), why));
}

// What earlier runs have finished of the units [first, last), also what still waits on this machine
// for the drive.
std::vector<std::optional<UnitResult>> finished_units(const ShardDestination& destination,
                                                      const CachePlan& plan, std::size_t first,
                                                      std::size_t last) {
  std::vector<std::optional<UnitResult>> finished(plan.units.size());
  tbb::parallel_for(first, last, [&](std::size_t u) {
    finished[u] = finished_unit(destination.folder(), plan, plan.units[u]);
    if (finished[u] || !destination.is_drive()) return;
    finished[u] = finished_unit(destination.local(), plan, plan.units[u]);
    if (finished[u]) destination.deliver(finished[u]->shard);
  });
  return finished;
}

// One pair on its way through the pipeline.
struct PipelineItem {
  PairFiles files;
  std::variant<EncodedPair, Reject> pair;
};

// Reads ahead, encodes in parallel, commits in order. `todo`: units, ascending. Returns the number
// of pairs with an EXIF orientation other than 1.
std::uint64_t encode_units(const dataset::Tree& tree, const dataset::Dataset& dataset,
                           const CachePlan& plan, const std::vector<std::size_t>& todo,
                           unsigned threads, ShardCommitter& committer, Progress& progress) {
  using Item = PipelineItem*;
  // Commits are in order, so the items in progress are consecutive and a ring holds them: a
  // pipeline that ends by an exception forgets its items without destroying them.
  std::vector<PipelineItem> ring(4 * std::size_t{threads});
  std::size_t taken = 0;
  tbb::enumerable_thread_specific<PairEncoder> encoders([&] { return PairEncoder(tree, plan); });
  PairReader reader(tree, dataset, plan, todo);

  const auto take = [&](tbb::flow_control& flow) -> Item {
    throw_if_stopped(kGoOnCaching);
    auto files = reader.next();
    if (!files) {
      flow.stop();
      return nullptr;
    }
    PipelineItem& item = ring[taken++ % ring.size()];
    item.files = *std::move(files);
    return &item;
  };
  const auto encode = [&](Item item) {
    const dataset::Split& split = dataset.splits[plan.units[item->files.unit].split];
    item->pair = encoders.local().encode(split, split.samples[item->files.sample], item->files);
    return item;
  };
  std::uint64_t oriented = 0;
  const auto commit = [&](Item item) {
    const auto* const pair = std::get_if<EncodedPair>(&item->pair);
    oriented += pair != nullptr && pair->has_orientation;
    progress.add(1, item->files.rgb.size() + item->files.depth.size());
    committer.commit(item->files.unit, std::move(item->pair));
  };

  tbb::parallel_pipeline(
      ring.size(), tbb::make_filter<void, Item>(tbb::filter_mode::serial_in_order, take) &
                       tbb::make_filter<Item, Item>(tbb::filter_mode::parallel, encode) &
                       tbb::make_filter<Item, void>(tbb::filter_mode::serial_in_order, commit));
  return oriented;
}

Machine machine_of(const CacheOptions& options) {
  Machine machine = options.look(options.destination);
  machine.keep_free = options.keep_free;
  return machine;
}

CodecChoice codec_for(const CacheOptions& options, const dataset::Dataset& dataset,
                      const shard::PixelFormat& pixels) {
  if (!options.choose_codec) return {options.codec, ""};
  if (pixels.ragged())
    return {shard::Codec::kZstd,
            "codec zstd: the total size of images of different sizes is not known"};
  if (const auto codec = codec_in(options.destination)) {
    return {*codec, fmt::format("codec {}: that of the data set in {}", shard::codec_name(*codec),
                                options.destination.string())};
  }
  if (!options.part.is_whole() && !options.target) {
    throw Error(ErrorKind::kUsage,
                "--codec auto with --part: give --target-ram and --target-disk too, so that every "
                "partition chooses the same");
  }
  std::uint64_t pairs = 0;
  for (const dataset::Split& split : dataset.splits) pairs += split.samples.size();
  return choose_codec(pairs, pixels, options.target ? *options.target : machine_of(options));
}

// What is to be made, and from what.
struct Task {
  DriveRetry retry;
  std::unique_ptr<dataset::Tree> tree;
  dataset::Dataset dataset;
  dataset::Inventory inventory;
  CodecChoice codec;
  CachePlan plan;
};

// What a source holds that has unsafe names may be nothing but those: they are told before anything
// else.
dataset::Dataset recognise_whole(const dataset::Tree& tree, const dataset::LayoutOptions& layout,
                                 bool skip_bad, dataset::Inventory& inventory) {
  if (!skip_bad) dataset::refuse_unsafe(tree);
  dataset::Dataset dataset = dataset::recognise(tree, layout);
  inventory = dataset::take_inventory(tree, dataset);
  if (!skip_bad) dataset::require_whole(tree, dataset);
  return dataset;
}

// `before`: the data set that is to grow, or null.
Task make_task(const CacheOptions& options, const DatasetBefore* before = nullptr) {
  check_options(options);
  const DriveRetry retry(options.retry, options.quiet);
  Task task{retry, open_source(options.source, retry.retrying(), options.open, options.reading),
            {},    {},
            {},    {}};
  if (options.check) options.check();
  dataset::LayoutOptions layout = options.layout;
  layout.allow_absent = options.skip_bad;
  task.dataset = recognise_whole(*task.tree, layout, options.skip_bad, task.inventory);
  if (before != nullptr) take_labels(*before, task.tree->name(), task.dataset);
  const shard::PixelFormat pixels{
      options.size, options.size,
      depth_kind(*task.tree, task.dataset, options.depth, options.depth_scale),
      !task.dataset.has_rgb()};
  task.codec = codec_for(options, task.dataset, pixels);
  shard::check_codec(task.codec.codec, pixels);
  EncodingOptions encoding{options.quality, std::nullopt, options.apply_exif, options.depth_scale};
  if (options.depth == DepthChoice::kNormals) encoding.normals = options.normals;
  task.plan =
      make_plan(task.dataset, *task.tree, pixels, task.codec.codec, options.shard_bytes, encoding);
  return task;
}

// Makes what is missing of this part; the results of its units, kept and new.
std::vector<UnitResult> make_shards(const CacheOptions& options, const Task& task,
                                    CacheReport& report) {
  const dataset::Tree& tree = *task.tree;
  const dataset::Dataset& dataset = task.dataset;
  const CachePlan& plan = task.plan;
  const auto [first, last] = units_of(options.part, plan);
  const ShardDestination destination(
      options.destination, local_shard_folder(options.destination, options.local_dir, plan.text),
      [&](const std::string& text) {
        if (!options.quiet) write_stderr(text + "\n");
      });
  auto finished = finished_units(destination, plan, first, last);
  std::vector<UnitResult> results(plan.units.size());
  ShardCommitter committer(destination, tree, dataset, plan,
                           {options.skip_bad, options.max_rejects}, results);
  std::vector<std::size_t> todo;
  std::uint64_t pairs = 0, bytes = 0;
  for (std::size_t u = first; u < last; ++u) {
    if (finished[u]) {
      results[u] = *std::move(finished[u]);
      committer.keep(u);
    } else {
      todo.push_back(u);
      pairs += plan.units[u].count;
      bytes += plan.units[u].source_bytes;
    }
  }
  report.shards_kept = last - first - todo.size();
  const Machine machine = machine_of(options);
  check_room(options.destination, plan, pairs, machine);
  const unsigned threads = thread_count(options.jobs);
  report.forecast = forecast(tree, dataset, plan, todo, threads);
  check_memory(report.forecast, machine);

  Progress progress("cache", "pairs", pairs, bytes, options.quiet);
  const DriveRetry::LogTo log(task.retry, progress);
  progress.say(describe(report.source, false));
  if (!report.codec_reason.empty()) progress.say(report.codec_reason);
  if (report.shards_kept > 0) {
    progress.say(fmt::format("{} of {} shards were finished by an earlier run", report.shards_kept,
                             last - first));
  }
  progress.say(describe(report.forecast, threads, machine.disk));
  report.oriented = encode_units(tree, dataset, plan, todo, threads, committer, progress);
  if (report.oriented > 0) {
    progress.say(fmt::format("{} pairs have an EXIF orientation other than 1, which was {}",
                             format_count(report.oriented),
                             options.apply_exif
                                 ? "applied to both images"
                                 : "ignored; --exif apply rotates both images by it"));
  }
  committer.finish();
  for (std::size_t u = first; u < last; ++u) count_samples(dataset, plan.units[u], results[u]);
  destination.finish();
  progress.finish();
  report.reject_count = committer.reject_count();
  for (const UnitResult& result : results) {
    report.rejects.insert(report.rejects.end(), result.rejects.begin(), result.rejects.end());
  }
  return results;
}

// Pairs that a complete data set was made without. Throws BadInput when this run would not have
// allowed them.
std::uint64_t kept_reject_count(const CacheOptions& options, const std::string& file) {
  const fs::path path = options.destination / file;
  if (!fs::exists(path)) return 0;
  const std::string lines = io::read_file(path);
  const auto count = static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
  if (options.skip_bad && count <= options.max_rejects) return count;
  throw BadInput(
      fmt::format("{}: the data set there is complete except for {} rejects; see {}, or accept "
                  "them with --on-error skip",
                  options.destination.string(), count, path.string()));
}

void count(const shard::ShardInfo& shard, CacheReport& report) {
  report.pairs += shard.samples;
  report.shards += shard.samples > 0;
  report.bytes += shard.bytes;
}

void make_dataset(const CacheOptions& options, const Task& task, CacheReport& report) {
  const dataset::Dataset& dataset = task.dataset;
  const CachePlan& plan = task.plan;
  if (auto complete = complete_dataset(options.destination, plan)) {
    report.manifest = *std::move(complete);
    report.already_complete = true;
    report.shards_kept = plan.units.size();
    report.reject_count = kept_reject_count(options, kRejectsName);
  } else {
    claim_folder(options.destination, plan.text);
    const std::vector<UnitResult> results = make_shards(options, task, report);
    report.manifest = make_manifest(dataset, plan, results);
    report.manifest.sources = counts_to_keep(dataset, task.inventory);
    report.manifest.fingerprint = shard::manifest_fingerprint(report.manifest);
    publish_manifest(options.destination, format_rejects(dataset, plan, results), report.manifest);
  }
  if (options.inventory)
    io::write_file(options.destination / kSourcesName,
                   dataset::format_inventory(*task.tree, dataset));
  release_folder(options.destination);
}

void make_part(const CacheOptions& options, const Task& task, CacheReport& report) {
  claim_folder(options.destination, part_claim(options.part, task.plan));
  const fs::path path = options.destination / kPartName;
  // Made again from the shards that are there, which takes no longer than checking it.
  fs::remove(path);
  FinishedPart finished{
      options.part, {}, task.plan, counts_to_keep(task.dataset, task.inventory), {}};
  finished.dataset.layout = task.dataset.layout;
  finished.dataset.classes = task.dataset.classes;
  for (const dataset::Split& split : task.dataset.splits)
    finished.dataset.splits.push_back({split.name, {}, {}, {}});
  const std::vector<UnitResult> results = make_shards(options, task, report);
  const auto [first, last] = units_of(options.part, task.plan);
  const auto own = [first = first, last = last](const auto& of_all) {
    return std::vector(of_all.begin() + std::ptrdiff_t(first),
                       of_all.begin() + std::ptrdiff_t(last));
  };
  finished.plan.units = own(task.plan.units);
  finished.results = own(results);
  io::write_file(path, format_part(finished));
  if (options.inventory)
    io::write_file(options.destination / kSourcesName,
                   dataset::format_inventory(*task.tree, task.dataset));
  for (const UnitResult& result : finished.results) count(result.shard, report);
}

CacheReport report_of(const Task& task) {
  CacheReport report;
  report.explanation = task.dataset.explanation;
  report.source = understanding_of(task.dataset, task.inventory);
  report.codec = task.codec.codec;
  report.codec_reason = task.codec.reason;
  return report;
}

// See Note [Append].
CacheReport append(CacheOptions options) {
  check_append(options);
  // Throws, as there is no data set, and no folder to lock.
  if (!fs::is_directory(options.destination)) dataset_before(options.destination);
  const io::FileLock lock(options.destination, options.destination.string());
  const DatasetBefore before = dataset_before(options.destination);
  take_format(options.destination, before.manifest, before.plan, options.given, options);
  Task task = make_task(options, &before);
  CacheReport report = report_of(task);
  for (const dataset::Split& split : task.dataset.splits) report.appended += split.samples.size();
  if (was_appended(options.destination, before, task.plan)) {
    report.manifest = before.manifest;
    report.already_complete = true;
    report.shards_kept = task.plan.units.size();
    report.reject_count = kept_reject_count(options, appended_rejects_name(before.manifest));
  } else {
    continue_plan(options.destination, before, task.dataset, task.plan);
    auto sums = look_at_shards(options.destination, before, task.dataset);
    remove_leftovers(options.destination);
    const std::vector<UnitResult> results = make_shards(options, task, report);
    report.manifest = grown(before, std::move(sums), task.dataset, task.plan, results,
                            counts_to_keep(task.dataset, task.inventory));
    publish_grown(options.destination, before, report.manifest,
                  format_rejects(task.dataset, task.plan, results));
  }
  report.appended -= report.reject_count;
  return report;
}

CacheReport make(const CacheOptions& options) {
  const Task task = make_task(options);
  CacheReport report = report_of(task);
  io::make_folders(options.destination);
  const io::FileLock lock(options.destination, options.destination.string());
  if (options.part.is_whole()) {
    make_dataset(options, task, report);
  } else {
    make_part(options, task, report);
  }
  return report;
}

CacheReport run_cache(const CacheOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  CacheReport report = options.append ? append(options) : make(options);
  for (const shard::SplitInfo& split : report.manifest.splits) {
    for (const shard::ShardInfo& shard : split.shards) count(shard, report);
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace

Understanding understand(const CacheOptions& options) {
  const DriveRetry retry(options.retry, options.quiet);
  const auto tree = open_source(options.source, retry.retrying(), options.open, options.reading);
  dataset::LayoutOptions layout = options.layout;
  layout.allow_absent = true;
  const dataset::Dataset dataset = dataset::recognise(*tree, layout);
  Understanding source = understanding_of(dataset, dataset::take_inventory(*tree, dataset));
  if (options.skip_bad) return source;
  try {
    dataset::refuse_unsafe(*tree);
    for (const dataset::Split& split : dataset.splits) dataset::refuse_absent_files(*tree, split);
    dataset::require_whole(*tree, dataset);
  } catch (const BadInput& error) {
    source.fault = error.what();
  }
  return source;
}

std::string cache_plan_text(const CacheOptions& options) {
  return make_task(options).plan.text;
}

CacheReport cache(const CacheOptions& options) {
  const unsigned threads = thread_count(options.jobs);
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  tbb::task_arena arena(static_cast<int>(threads));
  return arena.execute([&] { return run_cache(options); });
}

}  // namespace rod::prepare
