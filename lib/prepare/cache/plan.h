// What a run of `cache` will make: the options that its bytes depend on, and the units of its work.
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

// One shard-to-be: consecutive samples of one split's list. Units are independent of each other.
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
  bool apply_exif = false;  // both images are turned by the RGB file's EXIF orientation
  double depth_scale = 0;   // DecodeOptions::depth_scale
};

struct CachePlan {
  shard::PixelFormat pixels;
  shard::Codec codec = shard::Codec::kRaw;
  EncodingOptions encoding;
  std::vector<ShardUnit> units;  // by split, then by position
  std::string text;  // JSON of options and source, on one line; equal plans make equal bytes
};

// Shards are cut by the decoded size of a pair: a function of options alone, whatever is refused or
// compresses. Of ragged images the size is not known before they are decoded: there, a shard's
// files have half of `shard_bytes`.
CachePlan make_plan(const dataset::Dataset& dataset, const dataset::Tree& tree,
                    const shard::PixelFormat& pixels, shard::Codec codec, std::uint64_t shard_bytes,
                    const EncodingOptions& encoding = {});

// The file that tells where a depth crop lies in its frame, as the Washington data set names it:
// beside `…_depthcrop.png` the text `…_loc.txt`. Empty where the name has no such form.
std::string corner_file(std::string_view depth_path);

// In what two plans' texts differ: "codec was \"zstd\", is now \"raw\"; …". Empty for equal texts.
std::string plan_difference(const std::string& before, const std::string& now);

}  // namespace rod::prepare
