// A codec as a newcomer would add it: this file, a line in lib/shard/codec_table.cc and one in
// lib/shard/CMakeLists.txt. It stores the complement of each byte.
#include <algorithm>

#include "shard/codec.h"

namespace rod::shard {
namespace {

void complement(std::span<const std::byte> from, std::byte* to) {
  std::transform(from.begin(), from.end(), to, [](std::byte value) { return ~value; });
}

struct ToyEncoder : ImageEncoder {
  std::size_t encode(std::span<const std::byte> pixels, const StoredImage&,
                     std::vector<std::byte>& out) override {
    out.resize(out.size() + pixels.size());
    complement(pixels, out.data() + out.size() - pixels.size());
    return pixels.size();
  }
};

struct ToyDecoder : ImageDecoder {
  bool decode(std::span<const std::byte> stored, const StoredImage&,
              std::span<std::byte> pixels) override {
    if (stored.size() != pixels.size()) return false;
    complement(stored, pixels.data());
    return true;
  }
};

}  // namespace

extern const CodecEntry kToyCodec = {
    .name = "toy",
    .summary = "the complement of each byte",
    .lossless = true,
    .has_quality = false,
    .holds_16_bits = true,
    .most_stored_share = 1,
    .bound = [](const StoredImage& image) { return image.bytes(); },
    .make_encoder = [](const EncoderOptions&) -> std::unique_ptr<ImageEncoder> {
      return std::make_unique<ToyEncoder>();
    },
    .make_decoder = []() -> std::unique_ptr<ImageDecoder> {
      return std::make_unique<ToyDecoder>();
    },
};

}  // namespace rod::shard
