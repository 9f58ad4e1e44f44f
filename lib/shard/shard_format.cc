#include "shard/shard_format.h"

#include "base/hash.h"

namespace rod::shard {

Metadata shard_metadata(const PixelFormat& pixels, Codec codec) {
  Metadata metadata = {{"format", kShardFormat},
                       {"version", pixels.has_rgb() ? kShardVersion : kShardVersionOfDepthAlone},
                       {"codec", codec_name(codec)},
                       {"height", std::to_string(pixels.height)},
                       {"width", std::to_string(pixels.width)},
                       {"depth", depth_kind_name(pixels.depth)}};
  if (!pixels.has_rgb()) metadata[kRgbKey] = "none";
  return metadata;
}

std::string shard_fingerprint(const Metadata& metadata,
                              std::span<const std::span<const std::byte>> small) {
  using namespace std::string_view_literals;
  Hasher hasher;
  for (const auto& [key, value] : metadata) {  // a map: ascending
    if (key == kFingerprintKey) continue;
    hasher.update(key);
    hasher.update("\0"sv);
    hasher.update(value);
    hasher.update("\0"sv);
  }
  for (const std::span<const std::byte> tensor : small) hasher.update(tensor);
  return hasher.digest().hex();
}

}  // namespace rod::shard
