// Names in a shard's header. FORMAT.md explains them.
#pragma once

#include <cstdint>
#include <string>

#include "shard/codec.h"
#include "shard/pixels.h"
#include "shard/safetensors.h"

namespace rod::shard {

inline constexpr const char* kShardFormat = "rod-shard";
inline constexpr const char* kShardVersion = "1";
inline constexpr const char* kShardVersionOfDepthAlone = "2";
inline constexpr const char* kRgbKey = "rgb";  // only of depth alone
inline constexpr const char* kSplitKey = "split";
inline constexpr const char* kNumberKey = "shard";
inline constexpr const char* kFingerprintKey = "fingerprint";

// Returns the reserved metadata that depends on pixels and codec: format, version, codec, height,
// width, depth and, if there are no RGB images, rgb.
Metadata shard_metadata(const PixelFormat& pixels, Codec codec);

// Whether images have individual lengths, with `rgb_offsets` and `depth_offsets`, instead of
// forming an array.
inline bool has_offsets(const PixelFormat& pixels, Codec codec) {
  return !codec->stored_as_is() || pixels.ragged();
}

// Returns a shard's "fingerprint": the XXH3-128 of its metadata and its small tensors, which are
// what is read when a shard is opened. Requires: `small` has the order label, hash, key_offsets,
// size, rgb_offsets, depth_offsets, key, without those that the format lacks.
std::string shard_fingerprint(const Metadata& metadata,
                              std::span<const std::span<const std::byte>> small);

}  // namespace rod::shard
