// WebP, lossy and lossless, by libwebp. A WebP has no checksum, so a truncated file is detected but
// most changed bytes are not. Animations are refused.
#include <fmt/format.h>
#include <webp/decode.h>

#include <array>
#include <cstring>
#include <new>

#include "image/image_format.h"

namespace rod::image {
namespace {

constexpr std::size_t kRiffHead = 12;  // "RIFF", size of what follows, "WEBP"

std::size_t webp_size(std::span<const std::byte> data) {
  std::size_t size = 0;
  for (std::size_t n = 4; n > 0; --n) size = size << 8 | std::to_integer<std::size_t>(data[3 + n]);
  return size + 8;
}

const std::uint8_t* bytes_of_webp(std::span<const std::byte> data) {
  return reinterpret_cast<const std::uint8_t*>(data.data());
}

std::string webp_fault(VP8StatusCode status) {
  constexpr std::array kFaults = {"",
                                  "memory ran out",
                                  "invalid parameter",
                                  "its stream is invalid",
                                  "it uses an unknown feature",
                                  "suspended",
                                  "stopped",
                                  "its data end early"};
  const auto number = static_cast<std::size_t>(status);
  return number < kFaults.size() ? kFaults[number] : fmt::format("libwebp's error {}", number);
}

bool looks_like_webp(std::span<const std::byte> data) {
  return data.size() >= kRiffHead && std::memcmp(data.data(), "RIFF", 4) == 0 &&
         std::memcmp(data.data() + 8, "WEBP", 4) == 0;
}

std::variant<ImageHeader, Reject> check_webp(std::span<const std::byte> data) {
  const std::size_t size = webp_size(data);
  if (size > data.size()) {
    return Reject{
        fmt::format("WebP is truncated: it has {} bytes, expected {}", data.size(), size)};
  }
  WebPBitstreamFeatures features;
  const VP8StatusCode status = WebPGetFeatures(bytes_of_webp(data), size, &features);
  if (status != VP8_STATUS_OK) {
    return Reject{fmt::format("WebP is damaged: {}", webp_fault(status))};
  }
  if (features.has_animation != 0) return Reject{"WebP is an animation, expected one image"};
  if (features.width < 1 || features.height < 1) return Reject{"WebP has no pixels"};
  return ImageHeader{static_cast<std::uint32_t>(features.width),
                     static_cast<std::uint32_t>(features.height),
                     8,
                     features.has_alpha != 0 ? 4u : 3u,
                     {}};
}

Decoded decode_webp(std::span<const std::byte> data, const ImageHeader& header,
                    const DecodeOptions&) {
  Image image(header.height, header.width, 3, 1);
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) return Reject{"libwebp has another version"};
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = image.u8();
  config.output.u.RGBA.stride = static_cast<int>(image.row_bytes());
  config.output.u.RGBA.size = image.bytes.size();
  const VP8StatusCode status = WebPDecode(bytes_of_webp(data), webp_size(data), &config);
  if (status == VP8_STATUS_OUT_OF_MEMORY) throw std::bad_alloc();
  if (status != VP8_STATUS_OK) {
    return Reject{fmt::format("WebP is damaged: {}", webp_fault(status))};
  }
  return image;
}

}  // namespace

extern const ImageFormat kWebpFormat = {"WebP", looks_like_webp, check_webp, decode_webp};

}  // namespace rod::image
