// Small pixels and data sets for the tests of shards and streams.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "shard/manifest.h"
#include "shard/shard_writer.h"

namespace rod::shard {
extern const CodecEntry kJpegCodec;  // named by its table alone
}

namespace rod::shard::fixture {

using Bytes = std::vector<std::byte>;

inline constexpr Codec kJpeg{kJpegCodec};

// Image `sample` of a test data set, the same formula as in read_shard.py. By sample % 3: a smooth
// ramp, noise, a flat area with a few steps: together they need every row filter, packed rows and
// plain ones.
inline std::uint32_t value(std::uint64_t sample, std::uint64_t y, std::uint64_t x,
                           std::uint64_t c) {
  const std::uint64_t place = (sample * 131 + y) * 257 + x * 3 + c;
  if (sample % 3 == 0)
    return static_cast<std::uint32_t>(3 * y + 2 * x + 40 * c + sample + x * y / 4);
  if (sample % 3 == 1) return static_cast<std::uint32_t>(place * 2654435761u >> 11);
  return static_cast<std::uint32_t>(100 + 50 * (x / 5) + 20 * c);
}

inline Bytes colours(std::uint64_t sample, const PixelFormat& pixels) {
  Bytes bytes;
  for (std::uint32_t y = 0; y < pixels.height; ++y) {
    for (std::uint32_t x = 0; x < pixels.width; ++x) {
      for (unsigned c = 0; c < 3; ++c) bytes.push_back(std::byte(value(sample, y, x, c)));
    }
  }
  return bytes;
}

inline Bytes rgb(std::uint64_t sample, const PixelFormat& pixels) {
  return pixels.has_rgb() ? colours(sample, pixels) : Bytes();
}

inline Bytes depth(std::uint64_t sample, const PixelFormat& pixels) {
  if (!pixels.has_depth()) return {};
  if (pixels.depth == DepthKind::kColour) return colours(sample + 1, pixels);
  Bytes bytes;
  for (std::uint32_t y = 0; y < pixels.height; ++y) {
    for (std::uint32_t x = 0; x < pixels.width; ++x) {
      const std::uint32_t millimetres = 700 + value(sample + 1, y, x, 0);
      bytes.push_back(std::byte(millimetres));
      bytes.push_back(std::byte(millimetres >> 8));
    }
  }
  return bytes;
}

inline std::string key(std::uint64_t sample) {
  return "apple/a_" + std::to_string(sample) + ".png";
}
inline std::int64_t label(std::uint64_t sample) {
  return static_cast<std::int64_t>(sample % 4);
}

// Sample n of a format: its own size where that is ragged, or the format's.
inline PixelFormat rgb_format(std::uint64_t n, PixelFormat pixels) {
  if (pixels.ragged()) pixels.height = static_cast<std::uint32_t>(3 + n), pixels.width = 4;
  return pixels;
}
inline PixelFormat depth_format(std::uint64_t n, PixelFormat pixels) {
  if (pixels.ragged()) pixels.height = 2, pixels.width = static_cast<std::uint32_t>(5 + n);
  return pixels;
}
inline PairSize size_of(std::uint64_t n, const PixelFormat& pixels) {
  const PairSize rgb = rgb_format(n, pixels).size(), depth = depth_format(n, pixels).size();
  return {rgb.rgb_height, rgb.rgb_width, depth.depth_height, depth.depth_width};
}

// FOLDER/SPLIT/…: shards of the given numbers of samples, numbered through.
inline SplitInfo write_split(const std::filesystem::path& folder, const std::string& name,
                             const PixelFormat& pixels, Codec codec,
                             const std::vector<std::uint64_t>& shard_samples) {
  SplitInfo split;
  split.name = name;
  split.class_counts.resize(4);
  RecordEncoder encoder(pixels, codec);
  for (const std::uint64_t samples : shard_samples) {
    ShardWriter writer(pixels, codec, {});
    for (std::uint64_t i = 0; i < samples; ++i, ++split.samples) {
      const std::uint64_t n = split.samples;
      writer.add(encoder.encode(key(n), label(n), rgb(n, rgb_format(n, pixels)),
                                depth(n, depth_format(n, pixels)), size_of(n, pixels)));
      ++split.class_counts[static_cast<std::size_t>(label(n))];
    }
    split.shards.push_back(writer.publish(folder, shard_file_name(name, split.shards.size())));
  }
  return split;
}

inline Manifest manifest_of(const PixelFormat& pixels, Codec codec, std::vector<SplitInfo> splits) {
  Manifest manifest;
  manifest.pixels = pixels;
  manifest.codec = codec;
  manifest.layout = "folders";
  manifest.classes = {"apple", "ball", "banana", "bell_pepper"};
  manifest.splits = std::move(splits);
  manifest.fingerprint = manifest_fingerprint(manifest);
  return manifest;
}

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline void write_text(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary)
      .write(text.data(), static_cast<std::streamsize>(text.size()));
}

// Flips one bit of a file in place: rewriting a file a thousand times is slow on some disks.
inline void flip_bit(const std::filesystem::path& path, std::uint64_t bit) {
  std::fstream stream(path, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekg(static_cast<std::streamoff>(bit / 8));
  const char byte = static_cast<char>(stream.get() ^ 1 << bit % 8);
  stream.seekp(static_cast<std::streamoff>(bit / 8));
  stream.put(byte);
}

// The message of the Error that `call` throws, prefixed by its exit code; empty when it throws
// none.
template <typename Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return std::to_string(error.exit_code()) + " " + error.what();
  }
  return "";
}

}  // namespace rod::shard::fixture
