// A data set of a few small pairs whose classes can be told apart, and a configuration that trains
// on it in a moment.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/random.h"
#include "io/file.h"
#include "shard/manifest.h"
#include "shard/shard_writer.h"
#include "trainer/config.h"

namespace rod::trainer {

constexpr std::uint32_t kTinyClasses = 3, kTinySide = 28;
constexpr std::uint64_t kTinyTrain = 22, kTinyTest = 9, kTinyTarget = 17;

struct TinyDataset {
  shard::DepthKind depth = shard::DepthKind::kColour;
  std::uint64_t seed = 1;
  std::uint32_t side = kTinySide;
  std::vector<std::uint64_t> lines_left_out = {};  // of synROD-train
  std::vector<std::pair<const char*, std::uint64_t>> splits = {
      {"ROD", kTinyTarget}, {"synROD-test", kTinyTest}, {"synROD-train", kTinyTrain}};
  std::vector<std::string> classes = {"apple", "ball", "cap"};  // by label
  // Pair n looks as an apple, a ball or a cap: 0, 1, 2.
  std::vector<std::int64_t> looks = {0, 1, 2};
};

// Noise whose mean tells the class.
inline std::vector<std::byte> tiny_pixels(std::size_t bytes, std::int64_t label, Random random) {
  std::vector<std::byte> pixels(bytes);
  for (std::byte& value : pixels) {
    value = static_cast<std::byte>(80 * label + random.below(90));
  }
  return pixels;
}

// What `tiny` numbers the class that looks so; its first class where it has none of that name.
inline std::int64_t tiny_label(const TinyDataset& tiny, std::int64_t look) {
  constexpr const char* kNames[] = {"apple", "ball", "cap"};
  const auto found = std::find(tiny.classes.begin(), tiny.classes.end(), kNames[look]);
  return found == tiny.classes.end() ? 0 : found - tiny.classes.begin();
}

inline void write_tiny_dataset(const std::filesystem::path& folder, const TinyDataset& tiny = {}) {
  shard::Manifest manifest;
  manifest.pixels = {tiny.side, tiny.side, tiny.depth};
  manifest.layout = "folders";
  manifest.classes = tiny.classes;
  shard::RecordEncoder encoder(manifest.pixels, manifest.codec);
  for (const auto& [name, samples] : tiny.splits) {
    shard::ShardWriter writer(manifest.pixels, manifest.codec, {});
    shard::SplitInfo split;
    split.name = name;
    split.samples = samples;
    split.class_counts.assign(tiny.classes.size(), 0);
    if (split.name == "synROD-train") split.lines_left_out = tiny.lines_left_out;
    for (std::uint64_t n = 0; n < samples; ++n) {
      const std::int64_t look = tiny.looks[n % tiny.looks.size()];
      const std::int64_t label = tiny_label(tiny, look);
      const Random random(tiny.seed, split.name.size(), n);
      writer.add(encoder.encode(fmt::format("{}.png", n), label,
                                tiny_pixels(manifest.pixels.rgb_bytes(), look, random),
                                tiny_pixels(manifest.pixels.depth_bytes(), look, random)));
      ++split.class_counts[static_cast<std::size_t>(label)];
    }
    split.shards.push_back(writer.publish(folder, shard::shard_file_name(name, 0)));
    manifest.splits.push_back(split);
  }
  manifest.fingerprint = shard::manifest_fingerprint(manifest);
  io::write_file(folder / shard::kManifestName, shard::format_manifest(manifest));
}

// 5 steps an epoch.
inline TrainConfig tiny_config(const std::filesystem::path& data,
                               const std::filesystem::path& logdir) {
  TrainConfig config;
  config.data = data;
  config.logdir = logdir;
  config.arch = "resnet10-slim";
  config.image_size = 24;
  config.batch_size = 4;
  config.epochs = 3;
  config.lr = 0.01;
  config.device = "cpu";
  config.jobs = 2;
  config.quiet = true;
  return config;
}

}  // namespace rod::trainer
