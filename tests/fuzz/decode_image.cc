// Any bytes are an image of the size that its header says, or a reason why not. A PNG is tried once
// more with checksums that are right, which the fuzzer alone would never find.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "base/crc32.h"
#include "image/decode.h"
#include "image/geometry.h"

namespace {

void decode(std::span<const std::byte> bytes) {
  const rod::image::DecodeOptions limits{.max_pixels = 1 << 18};
  for (const rod::image::Decoded& decoded :
       {rod::image::decode_rgb(bytes, limits), rod::image::decode_depth(bytes, limits)}) {
    if (const auto* reject = std::get_if<rod::image::Reject>(&decoded)) {
      if (reject->reason.empty()) std::abort();
      continue;
    }
    const unsigned orientation = rod::image::exif_orientation(bytes);
    const rod::image::Image image =
        rod::image::upright(std::get<rod::image::Image>(decoded), orientation);
    const std::uint64_t pixels = std::uint64_t{image.height} * image.width;
    if (pixels == 0 || pixels > limits.max_pixels) std::abort();
    if (image.bytes.size() != pixels * image.channels * image.sample_bytes) std::abort();
  }
}

// Signature of 8 bytes, then chunks: length, type, data, CRC-32 of type and data, big-endian.
void make_checksums_right(std::span<std::uint8_t> png) {
  const auto number = [&](std::size_t at) {
    return std::uint32_t{png[at]} << 24 | png[at + 1] << 16 | png[at + 2] << 8 | png[at + 3];
  };
  for (std::size_t at = 8; at + 12 <= png.size();) {
    const std::size_t length = number(at);
    if (length > png.size() - at - 12) return;
    const std::uint32_t crc =
        rod::crc32<rod::kIso3309>(std::as_bytes(png.subspan(at + 4, length + 4)));
    at += length + 8;
    for (int shift = 24; shift >= 0; shift -= 8)
      png[at++] = static_cast<std::uint8_t>(crc >> shift);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> bytes(data, data + size);
  decode(std::as_bytes(std::span(bytes)));
  make_checksums_right(bytes);
  decode(std::as_bytes(std::span(bytes)));
  return 0;
}
