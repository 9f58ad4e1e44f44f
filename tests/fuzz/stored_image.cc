// Any bytes are a stored image of each codec, or refused.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "shard/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static rod::shard::ImageDecoders decoders;
  if (size < 2) return 0;
  const std::uint32_t height = 1 + data[0] % 32, width = 1 + data[1] % 32;
  const auto stored = std::as_bytes(std::span(data, size)).subspan(2);
  std::vector<std::byte> pixels;
  for (const rod::shard::Codec codec : rod::shard::codecs()) {
    for (const unsigned pixel_bytes : {3u, 2u}) {
      if (codec->stored_as_is() || (pixel_bytes == 2 && !codec->holds_16_bits)) continue;
      const rod::shard::StoredImage image{height, width, pixel_bytes, pixel_bytes == 2};
      pixels.resize(image.bytes());
      decoders[codec].decode(stored, image, pixels);
    }
  }
  return 0;
}
