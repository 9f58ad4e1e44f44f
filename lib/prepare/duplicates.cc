#include <fmt/format.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <unordered_map>
#include <utility>

#include "archive/safe_path.h"
#include "base/machine.h"
#include "base/progress.h"
#include "base/stop.h"
#include "base/units.h"
#include "prepare/info.h"
#include "shard/split_reader.h"

namespace rod::prepare {
namespace {

constexpr int kFlatBits = 4;  // set in the difference hash of an image that is not flat
constexpr unsigned kBands = kNearBits + 1, kBandBits = 64 / kBands;

// One image.
struct Seen {
  std::size_t split;
  std::uint64_t sample, pixels, difference;
};

struct ReadMemory {
  shard::ReadScratch scratch;
  std::vector<std::byte> rgb, depth;
};

using Splits = std::vector<std::unique_ptr<shard::SplitReader>>;

std::vector<Seen> look_at_all(const Splits& splits, bool quiet) {
  std::vector<Seen> seen;
  for (std::size_t s = 0; s < splits.size(); ++s) {
    for (std::uint64_t n = 0; n < splits[s]->size(); ++n)
      seen.push_back({s, n, splits[s]->image_hash(n), 0});
  }
  Progress progress("compare", "images", seen.size(), 0, quiet);
  tbb::enumerable_thread_specific<ReadMemory> memory;
  tbb::parallel_for(std::size_t{0}, seen.size(), [&](std::size_t i) {
    throw_if_stopped("nothing was changed");
    const shard::SplitReader& split = *splits[seen[i].split];
    const shard::PairSize size = split.size(seen[i].sample);
    ReadMemory& mine = memory.local();
    mine.rgb.resize(shard::PixelFormat::rgb_bytes(size));
    mine.depth.resize(split.pixels().depth_bytes(size));
    split.read(seen[i].sample, mine.rgb, mine.depth, mine.scratch);
    const shard::PixelFormat& pixels = split.pixels();
    seen[i].difference = pixels.has_rgb()
                             ? difference_hash(mine.rgb, size.rgb_height, size.rgb_width)
                             : difference_hash(mine.depth, size.depth_height, size.depth_width,
                                               pixels.depth == shard::DepthKind::kRaw16);
    progress.add(1);
  });
  progress.finish();
  return seen;
}

Duplicate duplicate(const Splits& splits, const Seen& a, const Seen& b) {
  const auto key = [&](const Seen& one) { return std::string(splits[one.split]->key(one.sample)); };
  return {
      splits[a.split]->name(), key(a),
      splits[b.split]->name(), key(b),
      a.pixels == b.pixels,    static_cast<unsigned>(std::popcount(a.difference ^ b.difference))};
}

// Calls `show` with each two images of different splits of which `group` says the same.
template <typename Group, typename Show>
void for_each_two(const std::vector<Seen>& seen, const Group& group, const Show& show) {
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    throw_if_stopped("nothing was changed");
    std::vector<std::size_t>& alike = groups[group(seen[i])];
    for (const std::size_t j : alike) {
      if (seen[j].split != seen[i].split) show(j, i);
    }
    alike.push_back(i);
  }
}

}  // namespace

std::uint64_t difference_hash(std::span<const std::byte> pixels, std::uint32_t height,
                              std::uint32_t width, bool sixteen_bits) {
  const std::size_t values = sixteen_bits ? 1 : 3;  // of a pixel
  const auto value = [&](std::size_t n) {
    const auto byte = [&](std::size_t at) { return std::to_integer<std::uint64_t>(pixels[at]); };
    return sixteen_bits ? byte(2 * n) + 256 * byte(2 * n + 1) : byte(n);
  };
  constexpr std::uint32_t kColumns = 9, kRows = 8;
  std::uint64_t bits = 0;
  for (std::uint32_t row = 0; row < kRows; ++row) {
    const std::uint32_t top = row * height / kRows;
    const std::uint32_t bottom = std::max(top + 1, (row + 1) * height / kRows);
    double left_mean = 0;
    for (std::uint32_t column = 0; column < kColumns; ++column) {
      const std::uint32_t left = column * width / kColumns;
      const std::uint32_t right = std::max(left + 1, (column + 1) * width / kColumns);
      std::uint64_t sum = 0;
      for (std::uint32_t y = top; y < bottom; ++y) {
        const std::size_t line = std::size_t{y} * width;
        for (std::size_t n = values * (line + left); n < values * (line + right); ++n)
          sum += value(n);
      }
      const double mean = double(sum) / (double(bottom - top) * double(right - left));
      if (column > 0) bits = bits << 1 | std::uint64_t{mean > left_mean};
      left_mean = mean;
    }
  }
  return bits;
}

DuplicateReport find_duplicates(const io::DataFolder& dataset, std::size_t most, unsigned jobs,
                                bool quiet) {
  const shard::Manifest manifest = shard::read_manifest(dataset.name, dataset.how, dataset.open);
  io::FileOpener open;
  if (dataset.open) {
    open = [&](const std::filesystem::path& path) {
      return io::fetched_when_read(dataset.open(path));
    };
  }
  Splits splits;
  for (const shard::SplitInfo& split : manifest.splits) {
    splits.push_back(std::make_unique<shard::SplitReader>(dataset.name, manifest, split.name,
                                                          shard::shard_opener(open)));
  }
  const unsigned threads = thread_count(jobs);
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  tbb::task_arena arena(static_cast<int>(threads));
  const std::vector<Seen> seen = arena.execute([&] { return look_at_all(splits, quiet); });

  DuplicateReport report;
  report.samples = seen.size();
  for_each_two(
      seen, [](const Seen& one) { return one.pixels; },
      [&](std::size_t a, std::size_t b) {
        if (++report.equal <= most) report.found.push_back(duplicate(splits, seen[a], seen[b]));
      });
  // Of two hashes that differ in up to kNearBits bits, one of so many and one bands is equal. A
  // pair counts in the first band that is.
  for (unsigned band = 0; band < kBands; ++band) {
    const auto bits_of = [](const Seen& one, unsigned number) {
      return one.difference >> (number * kBandBits) & ((std::uint64_t{1} << kBandBits) - 1);
    };
    for_each_two(
        seen, [&](const Seen& one) { return bits_of(one, band); },
        [&](std::size_t a, std::size_t b) {
          const Seen &first = seen[a], &second = seen[b];
          if (first.pixels == second.pixels || std::popcount(first.difference) < kFlatBits ||
              std::popcount(first.difference ^ second.difference) > int{kNearBits})
            return;
          for (unsigned before = 0; before < band; ++before) {
            if (bits_of(first, before) == bits_of(second, before)) return;
          }
          if (++report.near <= most) report.found.push_back(duplicate(splits, first, second));
        });
  }
  return report;
}

std::string describe(const DuplicateReport& report) {
  std::string text = fmt::format(
      "{} images compared between splits: {} pairs have equal pixels, {} look alike (up to {} of "
      "64 bits of their difference hashes differ)\n",
      format_count(report.samples), format_count(report.equal), format_count(report.near),
      kNearBits);
  for (const Duplicate& one : report.found) {
    text += fmt::format("  {} {}/{} and {}/{}\n", one.equal ? "equal" : "near ", one.split,
                        archive::printable_path(one.key), one.other_split,
                        archive::printable_path(one.other_key));
  }
  return text;
}

}  // namespace rod::prepare
