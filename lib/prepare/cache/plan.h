// The plan of a run of `cache`: the options that its bytes depend on, and the units of work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/layout.h"
#include "image/depth.h"
#include "shard/pixels.h"
#include "shard/shard_writer.h"

namespace rod::prepare {

// One shard to make: consecutive samples of one split's list. Units are independent of each other.
struct ShardUnit {
  std::size_t split = 0;             // in Dataset::splits
  std::size_t first = 0, count = 0;  // in Split::samples; refused ones are counted too
  std::uint64_t source_bytes = 0;    // of its image files
  std::string file;                  // "ROD/00000.safetensors"
};

// How a pair becomes a record, beyond its format and codec.
struct EncodingOptions {
  int quality = shard::kDefaultQuality;         // of codecs that have one
  std::optional<image::NormalsRecipe> normals;  // millimetres become surface normals
  bool apply_exif = false;  // both images are rotated by the RGB file's EXIF orientation
  double depth_scale = 0;   // DecodeOptions::depth_scale
};

struct CachePlan {
  shard::PixelFormat pixels;
  shard::Codec codec = shard::Codec::kRaw;
  EncodingOptions encoding;
  std::vector<ShardUnit> units;  // by split, then by position
  std::string text;  // JSON of options and source, on one line; equal plans make equal bytes
};

// Divides the samples into shards by the decoded size of a pair, which depends only on the options,
// not on rejects or compression. The size of ragged images is not known before they are decoded;
// for them, the files of a shard have half of `shard_bytes`.
CachePlan make_plan(const dataset::Dataset& dataset, const dataset::Tree& tree,
                    const shard::PixelFormat& pixels, shard::Codec codec, std::uint64_t shard_bytes,
                    const EncodingOptions& encoding = {});

// Returns the path of the file with the position of a depth crop in its frame, as the Washington
// data set names it: `…_loc.txt` beside `…_depthcrop.png`; "" if the name has another form.
std::string corner_file(std::string_view depth_path);

// Returns the difference of two plans' texts: "codec was \"zstd\", is now \"raw\"; …". Empty for
// equal texts.
std::string plan_difference(const std::string& before, const std::string& now);

}  // namespace rod::prepare
