#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <set>
#include <string_view>

#include "base/error.h"
#include "shard/manifest.h"

namespace rod::shard {
namespace {

constexpr std::size_t kMaxSplitName = 64;
constexpr std::string_view kNameCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

[[noreturn]] void refuse(const SplitInfo& split, const std::string& what) {
  throw BadInput(fmt::format("split '{}': {}", split.name, what));
}

std::uint64_t sum(const SplitInfo& split, const std::vector<std::uint64_t>& values) {
  std::uint64_t total = 0;
  for (const std::uint64_t value : values) {
    if (__builtin_add_overflow(total, value, &total)) refuse(split, "its counts overflow");
  }
  return total;
}

void check_statistics(const SplitInfo& split, const std::vector<double>& values,
                      std::size_t channels) {
  const bool fine =
      std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
  if (!fine || (!values.empty() && values.size() != channels)) {
    refuse(split, fmt::format("a mean or std has {} numbers, expected {} finite ones",
                              values.size(), channels));
  }
}

void check_split(const SplitInfo& split, const Manifest& manifest) {
  check_split_name(split.name);
  if (split.class_counts.size() != manifest.classes.size()) {
    refuse(split, fmt::format("has {} class counts for {} classes", split.class_counts.size(),
                              manifest.classes.size()));
  }
  if (std::adjacent_find(split.lines_left_out.begin(), split.lines_left_out.end(),
                         std::greater_equal<>()) != split.lines_left_out.end()) {
    refuse(split, "its lines without a sample do not ascend");
  }
  std::vector<std::uint64_t> shard_samples;
  std::uint64_t next_number = 0;
  for (const ShardInfo& shard : split.shards) {
    const ShardName name = parse_shard_file_name(shard.file);
    if (name.split != split.name || name.number < next_number) {
      refuse(split, fmt::format("shard '{}' is out of place", shard.file));
    }
    next_number = name.number + 1;
    if (shard.samples == 0) refuse(split, fmt::format("shard '{}' is empty", shard.file));
    shard_samples.push_back(shard.samples);
  }
  if (sum(split, shard_samples) != split.samples ||
      sum(split, split.class_counts) != split.samples) {
    refuse(split,
           fmt::format("has {} samples, but its shards have {} and its classes {}", split.samples,
                       sum(split, shard_samples), sum(split, split.class_counts)));
  }
  const DepthKind depth = manifest.pixels.depth;
  const std::size_t depth_channels = depth == DepthKind::kColour  ? 3
                                     : depth == DepthKind::kRaw16 ? 1
                                                                  : 0;
  const std::size_t rgb_channels = manifest.pixels.has_rgb() ? 3 : 0;
  check_statistics(split, split.rgb_mean, rgb_channels);
  check_statistics(split, split.rgb_std, rgb_channels);
  check_statistics(split, split.depth_mean, depth_channels);
  check_statistics(split, split.depth_std, depth_channels);
}

}  // namespace

std::string shard_file_name(const std::string& split, std::uint64_t number) {
  return fmt::format("{}/{:05}.safetensors", split, number);
}

ShardName parse_shard_file_name(const std::string& file) {
  ShardName name{file.substr(0, file.find('/')), 0};
  check_split_name(name.split);
  const std::size_t digits = std::min(name.split.size() + 1, file.size());
  std::from_chars(file.data() + digits, file.data() + file.size(), name.number);
  if (file != shard_file_name(name.split, name.number)) {
    throw BadInput(
        fmt::format("shard name '{}' is not like {}", file, shard_file_name(name.split, 0)));
  }
  return name;
}

void check_split_name(const std::string& name) {
  if (name.empty() || name.size() > kMaxSplitName || name.front() == '.' ||
      name.find_first_not_of(kNameCharacters) != name.npos) {
    throw BadInput(
        fmt::format("'{}' can't name a split: use 1 to {} of A-Z a-z 0-9 . _ -, no dot first", name,
                    kMaxSplitName));
  }
}

bool is_fingerprint(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

void check_manifest(const Manifest& manifest) {
  const PixelFormat& pixels = manifest.pixels;
  if ((pixels.height == 0) != (pixels.width == 0) ||
      std::max(pixels.height, pixels.width) > kMaxImageSide) {
    throw BadInput(fmt::format("images of {}x{} pixels, expected 1 to {} a side, or 0x0",
                               pixels.height, pixels.width, kMaxImageSide));
  }
  if (!pixels.has_rgb() && !pixels.has_depth()) throw BadInput("has neither RGB nor depth images");
  check_codec(manifest.codec, pixels);
  std::set<std::string> parents;
  for (const std::string& parent : manifest.parents) {
    if (!is_fingerprint(parent))
      throw BadInput(fmt::format("parent '{}' is not 32 hex digits", parent));
    if (!parents.insert(parent).second)
      throw BadInput(fmt::format("has the parent {} twice", parent));
  }
  for (std::size_t i = 0; i < manifest.splits.size(); ++i) {
    check_split(manifest.splits[i], manifest);
    if (i > 0 && manifest.splits[i - 1].name >= manifest.splits[i].name) {
      throw BadInput(fmt::format("split '{}' is out of order", manifest.splits[i].name));
    }
  }
}

}  // namespace rod::shard
