#include "prepare/cache/pair_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/units.h"
#include "image/decode.h"
#include "image/geometry.h"

namespace rod::prepare {

PairEncoder::PairEncoder(const dataset::Tree& tree, const CachePlan& plan)
    : tree_(tree), plan_(plan), encoder_(plan.pixels, plan.codec, {plan.encoding.quality}) {}

std::variant<EncodedPair, Reject> PairEncoder::encode(const dataset::Split& split,
                                                      const dataset::Sample& sample,
                                                      const PairFiles& files) {
  const shard::PixelFormat& pixels = plan_.pixels;
  const unsigned orientation = image::exif_orientation(pixels.has_rgb() ? files.rgb : files.depth);
  const unsigned depth_orientation =
      pixels.has_depth() ? image::exif_orientation(files.depth) : orientation;
  const unsigned turn = plan_.encoding.apply_exif ? orientation : 1;
  // Sensors store both images alike, and only the RGB file has a tag: so it turns both.
  if (plan_.encoding.apply_exif && depth_orientation != 1 && depth_orientation != orientation) {
    return Reject{
        std::string(sample.key), sample.line, std::string(sample.depth.substr(split.folder.size())),
        fmt::format("has EXIF orientation {}, its RGB image {}", depth_orientation, orientation)};
  }
  auto loaded_rgb =
      pixels.has_rgb() ? load(split, sample, files.rgb, false, turn) : image::Image(0, 0, 3, 1);
  if (auto* reject = std::get_if<Reject>(&loaded_rgb)) return std::move(*reject);
  auto loaded_depth =
      pixels.has_depth() ? load(split, sample, files.depth, true, turn) : image::Image(0, 0, 3, 1);
  if (auto* reject = std::get_if<Reject>(&loaded_depth)) return std::move(*reject);

  image::Image& rgb = std::get<image::Image>(loaded_rgb);
  image::Image& depth = std::get<image::Image>(loaded_depth);
  EncodedPair pair;
  pair.has_orientation = orientation != 1 || depth_orientation != 1;
  pair.record = encoder_.encode(std::string(sample.key), sample.label, rgb.bytes, depth.bytes,
                                {rgb.height, rgb.width, depth.height, depth.width});
  if (!plan_.codec->lossless) {  // statistics are of what readers will see
    if (pixels.has_rgb()) rgb.bytes = encoder_.decoded_rgb();
    if (pixels.has_depth()) depth.bytes = encoder_.decoded_depth();
  }
  pair.rgb.add(rgb);
  pair.depth.add(depth);
  return pair;
}

std::variant<image::Image, Reject> PairEncoder::load(const dataset::Split& split,
                                                     const dataset::Sample& sample,
                                                     std::span<const std::byte> file, bool depth,
                                                     unsigned orientation) {
  const std::string_view path = depth ? sample.depth : sample.rgb;
  const auto refused = [&](std::string reason) {
    return Reject{std::string(sample.key), sample.line,
                  std::string(path.substr(split.folder.size())), std::move(reason)};
  };
  if (!tree_.contains(path)) return refused("is absent");
  if (const std::uint64_t size = tree_.size(path); size > kMaxImageFile) {
    return refused(fmt::format("has {}, at most {} are accepted for an image",
                               format_size(double(size)), format_size(double(kMaxImageFile))));
  }

  const image::DecodeOptions options{.depth_scale = plan_.encoding.depth_scale};
  image::Decoded decoded =
      depth ? image::decode_depth(file, options) : image::decode_rgb(file, options);
  if (const auto* reject = std::get_if<image::Reject>(&decoded)) return refused(reject->reason);
  image::Image& image = std::get<image::Image>(decoded);
  if (depth) {
    if (auto fault = convert(image, path)) return refused(*std::move(fault));
  }
  image = image::upright(std::move(image), orientation);
  const shard::PixelFormat& pixels = plan_.pixels;
  if (pixels.ragged()) {
    if (std::max(image.height, image.width) <= shard::kMaxImageSide) return std::move(image);
    return refused(fmt::format("has {}x{} pixels, with --size 0 at most {} a side", image.width,
                               image.height, shard::kMaxImageSide));
  }
  if (image.height == pixels.height && image.width == pixels.width) return std::move(image);
  return image.sample_bytes == 2 ? image::resize_nearest(image, pixels.height, pixels.width)
                                 : image::resize_bilinear(image, pixels.height, pixels.width);
}

// To the kind of depth that the data set has; or why not.
std::optional<std::string> PairEncoder::convert(image::Image& depth, std::string_view path) {
  const bool millimetres = depth.sample_bytes == 2;
  if (const auto& normals = plan_.encoding.normals) {
    if (!millimetres)
      return "is an 8-bit image, expected 16-bit depth to make normals of (--depth normals)";
    std::optional<image::CropCorner> corner;
    if (const std::string file = corner_file(path); tree_.contains(file)) {
      std::vector<std::byte> text;
      tree_.read(file, text);
      corner = image::parse_crop_corner(
          std::string(reinterpret_cast<const char*>(text.data()), text.size()));
      if (!corner) return "has beside it a _loc.txt that is not `x,y`";
    }
    auto made = image::surface_normals(depth, *normals, corner);
    if (const auto* reject = std::get_if<image::Reject>(&made)) return reject->reason;
    depth = std::move(std::get<image::Image>(made));
  } else if (millimetres != (plan_.pixels.depth == shard::DepthKind::kRaw16)) {
    return millimetres ? "is 16-bit depth, expected an 8-bit colouring (--depth rgb); --depth "
                         "normals makes one"
                       : "is an 8-bit image, expected 16-bit depth (--depth raw16)";
  }
  return std::nullopt;
}

}  // namespace rod::prepare
