// The names that a shard's header uses; what they mean is in FORMAT.md.
#pragma once

#include <cstdint>
#include <string>

#include "shard/codec.h"
#include "shard/pixels.h"
#include "shard/safetensors.h"

namespace rod::shard {

inline constexpr const char* kShardFormat = "rod-shard";
inline constexpr const char* kShardVersion = "1";
inline constexpr const char* kSplitKey = "split";
inline constexpr const char* kNumberKey = "shard";
inline constexpr const char* kFingerprintKey = "fingerprint";

// The reserved metadata that pixels and codec determine: format, version, codec, height, width,
// depth.
Metadata shard_metadata(const PixelFormat& pixels, Codec codec);

// Whether images lie one after another, found by `rgb_offsets` and `depth_offsets`, and not as an
// array.
inline bool has_offsets(const PixelFormat& pixels, Codec codec) {
  return !codec->stored_as_is() || pixels.ragged();
}

// What a shard's "fingerprint" must be: XXH3-128 of its metadata and its small tensors, all that is
// read when a shard is opened. `small` in the order label, hash, key_offsets, size, rgb_offsets,
// depth_offsets, key, as far as the format has them.
std::string shard_fingerprint(const Metadata& metadata,
                              std::span<const std::span<const std::byte>> small);

}  // namespace rod::shard
