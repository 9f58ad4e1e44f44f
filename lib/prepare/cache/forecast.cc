#include "prepare/cache/forecast.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <variant>

#include "base/error.h"
#include "base/units.h"
#include "prepare/cache/pair_encoder.h"
#include "prepare/cache/pair_reader.h"

namespace rod::prepare {
namespace {

constexpr std::size_t kTrials = 4;                  // pairs
constexpr std::uint64_t kProgramBytes = 60u << 20;  // libraries, index of the archive, tables
constexpr std::uint64_t kThreadPairs =
    8;  // decoded pairs' worth of memory per thread: scratch, pairs under way
constexpr double kBothCores = 0.9;  // of a core's rate that each of several reaches

struct Trial {
  std::uint64_t pairs = 0, stored_bytes = 0, decoded_bytes = 0;
  double seconds = 0;
};

// The second pass over the pairs counts: the first one allocates.
Trial try_pairs(const dataset::Tree& tree, const dataset::Dataset& dataset, const CachePlan& plan,
                const ShardUnit& unit) {
  const dataset::Split& split = dataset.splits[unit.split];
  PairEncoder encoder(tree, plan);
  Trial trial;
  for (const bool counts : {false, true}) {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t n = 0; n < std::min(kTrials, unit.count); ++n) {
      const dataset::Sample& sample = split.samples[unit.first + n];
      PairFiles files;
      if (wanted_bytes(tree, sample.rgb) > 0) tree.read(sample.rgb, files.rgb);
      if (wanted_bytes(tree, sample.depth) > 0) tree.read(sample.depth, files.depth);
      const auto pair = encoder.encode(split, sample, files);
      if (!counts) continue;
      ++trial.pairs;
      if (const auto* encoded = std::get_if<EncodedPair>(&pair)) {
        trial.stored_bytes += encoded->record.rgb.size() + encoded->record.depth.size();
        trial.decoded_bytes += (encoded->rgb.pixels + encoded->depth.pixels) * 3;
      }
    }
    trial.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  return trial;
}

}  // namespace

CacheForecast forecast(const dataset::Tree& tree, const dataset::Dataset& dataset,
                       const CachePlan& plan, const std::vector<std::size_t>& todo,
                       unsigned threads) {
  CacheForecast forecast;
  std::uint64_t largest = 0;  // pairs of a shard
  for (const std::size_t u : todo) {
    forecast.pairs += plan.units[u].count;
    forecast.source_bytes += plan.units[u].source_bytes;
    largest = std::max<std::uint64_t>(largest, plan.units[u].count);
  }
  forecast.memory = kProgramBytes;
  if (todo.empty()) return forecast;
  const Trial trial = try_pairs(tree, dataset, plan, plan.units[todo.front()]);
  const double pairs = double(std::max<std::uint64_t>(trial.pairs, 1));
  const double stored = double(trial.stored_bytes) / pairs,
               decoded = double(trial.decoded_bytes) / pairs;
  const double cores = threads == 1 ? 1 : threads * kBothCores;
  forecast.disk = static_cast<std::uint64_t>(stored * double(forecast.pairs));
  forecast.seconds = trial.seconds / pairs * double(forecast.pairs) / cores;
  // Two shards: one that grows and one on its way to the disk. Three batches of files.
  forecast.memory += static_cast<std::uint64_t>(2 * stored * double(largest)) +
                     std::min<std::uint64_t>(3 * PairReader::kBatchBytes, forecast.source_bytes) +
                     static_cast<std::uint64_t>(decoded) * threads * kThreadPairs;
  return forecast;
}

std::string describe(const CacheForecast& forecast, unsigned threads, std::uint64_t free_disk) {
  return fmt::format(
      "{} pairs, {} to read: about {} on {} core{}, {} of disk ({} free), {} of memory",
      format_count(forecast.pairs), format_size(double(forecast.source_bytes)),
      format_duration(std::chrono::duration<double>(forecast.seconds)), threads,
      threads == 1 ? "" : "s", format_size(double(forecast.disk)), format_size(double(free_disk)),
      format_size(double(forecast.memory)));
}

void check_memory(const CacheForecast& forecast, const Machine& machine) {
  if (fits({.memory = forecast.memory}, machine)) return;
  throw Error(
      ErrorKind::kNoRoom,
      fmt::format("cache needs about {} of memory, {} are free: give a smaller "
                  "--shard-size or fewer --jobs",
                  format_size(double(forecast.memory)), format_size(double(machine.memory))));
}

}  // namespace rod::prepare
