// Any bytes are a stored image of either codec, or refused.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "shard/codec.h"
#include "shard/jpeg_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static rod::ZstdCodec zstd;
  static rod::JpegCodec jpeg;
  if (size < 2) return 0;
  const std::uint32_t height = 1 + data[0] % 32, width = 1 + data[1] % 32;
  const auto stored = std::as_bytes(std::span(data, size)).subspan(2);
  std::vector<std::byte> colours(std::size_t{height} * width * 3),
      millimetres(std::size_t{height} * width * 2);
  zstd.decode(stored, height, 3, colours);
  zstd.decode(stored, height, 2, millimetres);
  jpeg.decode(stored, height, width, colours);
  return 0;
}
