#include "prepare/pair_encoder.h"

#include <fmt/format.h>

#include <utility>

#include "base/units.h"
#include "image/decode.h"
#include "image/resize.h"

namespace rod {

PairEncoder::PairEncoder(const Tree& tree, const PixelFormat& pixels, Codec codec)
    : tree_(tree), pixels_(pixels), encoder_(pixels, codec) {}

std::variant<EncodedPair, Refusal> PairEncoder::encode(const Split& split, const Sample& sample,
                                                       const PairFiles& files) {
  auto rgb = load(split, sample, files.rgb, false);
  if (auto* refusal = std::get_if<Refusal>(&rgb)) return std::move(*refusal);
  auto depth = load(split, sample, files.depth, true);
  if (auto* refusal = std::get_if<Refusal>(&depth)) return std::move(*refusal);

  const Image& rgb_image = std::get<Image>(rgb);
  const Image& depth_image = std::get<Image>(depth);
  EncodedPair pair;
  pair.record = encoder_.encode(sample.key, sample.label, rgb_image.bytes, depth_image.bytes);
  pair.rgb.add(rgb_image);
  pair.depth.add(depth_image);
  return pair;
}

std::variant<Image, Refusal> PairEncoder::load(const Split& split, const Sample& sample,
                                               std::span<const std::byte> file, bool depth) {
  const std::string& path = depth ? sample.depth : sample.rgb;
  const auto refused = [&](std::string reason) {
    return Refusal{sample.key, sample.line, path.substr(split.folder.size()), std::move(reason)};
  };
  if (!tree_.contains(path)) return refused("is absent");
  if (const std::uint64_t size = tree_.size(path); size > kMaxImageFile) {
    return refused(fmt::format("has {}, at most {} are accepted for an image",
                               format_size(double(size)), format_size(double(kMaxImageFile))));
  }

  Decoded decoded = depth ? decode_depth(file) : decode_rgb(file);
  if (const auto* rejection = std::get_if<Rejection>(&decoded)) return refused(rejection->reason);
  Image& image = std::get<Image>(decoded);

  const bool millimetres = image.sample_bytes == 2;
  if (depth && millimetres != (pixels_.depth == DepthKind::kRaw16)) {
    return refused(millimetres ? "is 16-bit depth, expected an 8-bit colouring (--depth rgb)"
                               : "is an 8-bit image, expected 16-bit depth (--depth raw16)");
  }
  if (image.height == pixels_.height && image.width == pixels_.width) return std::move(image);
  return millimetres ? resize_nearest(image, pixels_.height, pixels_.width)
                     : resize_bilinear(image, pixels_.height, pixels_.width);
}

}  // namespace rod
