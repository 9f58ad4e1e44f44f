// The shape of one sample's pixels, the same for every sample of a data set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rod {

enum class Codec { kRaw, kZstd };          // how pixels are stored
enum class DepthKind { kColour, kRaw16 };  // U8 [H,W,3] colouring, or U16 [H,W] millimetres

const char* codec_name(Codec codec);                    // "raw", "zstd"
const char* depth_kind_name(DepthKind kind);            // "rgb", "raw16"
Codec codec_from_name(std::string_view name);           // Errors: BadInput
DepthKind depth_kind_from_name(std::string_view name);  // Errors: BadInput

struct PixelFormat {
  std::uint32_t height = 0;
  std::uint32_t width = 0;
  DepthKind depth = DepthKind::kColour;

  std::size_t rgb_bytes() const { return std::size_t{height} * width * 3; }
  std::size_t depth_bytes() const {
    return std::size_t{height} * width * (depth == DepthKind::kColour ? 3 : 2);
  }
  bool operator==(const PixelFormat&) const = default;
};

}  // namespace rod
