// Any bytes are an image of the size that its header says, or a reason why not.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "image/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const rod::DecodeLimits limits{.max_pixels = 1 << 18};
  for (const rod::Decoded& decoded :
       {rod::decode_rgb(bytes, limits), rod::decode_depth(bytes, limits)}) {
    if (const auto* rejection = std::get_if<rod::Rejection>(&decoded)) {
      if (rejection->reason.empty()) std::abort();
      continue;
    }
    const auto& image = std::get<rod::Image>(decoded);
    const std::uint64_t pixels = std::uint64_t{image.height} * image.width;
    if (pixels == 0 || pixels > limits.max_pixels) std::abort();
    if (image.bytes.size() != pixels * image.channels * image.sample_bytes) std::abort();
  }
  return 0;
}
