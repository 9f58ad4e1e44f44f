// The image format of a data set: kinds of images, their common size if there is one, and how they
// are stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rod::shard {

struct CodecEntry;

// How pixels are stored: a reference to an entry of the table in shard/codec.h. Codecs compare
// equal if they are the same entry. Include shard/codec.h to use `codec->lossless` and the other
// members.
class Codec {
 public:
  constexpr explicit Codec(const CodecEntry& entry) : entry_(&entry) {}

  constexpr const CodecEntry* operator->() const { return entry_; }
  friend constexpr bool operator==(const Codec&, const Codec&) = default;

  // The codecs that defaults refer to. codecs() lists all of them.
  static const Codec kRaw, kZstd;

 private:
  const CodecEntry* entry_;
};

extern const CodecEntry kRawCodec, kZstdCodec;
inline constexpr Codec Codec::kRaw{kRawCodec}, Codec::kZstd{kZstdCodec};

// U8 [H,W,3] colouring; U16 [H,W] millimetres; no depth image.
enum class DepthKind { kColour, kRaw16, kNone };

const char* codec_name(Codec codec);                    // "raw", "zstd", …
const char* depth_kind_name(DepthKind kind);            // "rgb", "raw16", "none"
Codec codec_from_name(std::string_view name);           // Throws BadInput
DepthKind depth_kind_from_name(std::string_view name);  // Throws BadInput

inline constexpr std::uint32_t kMaxImageSide = 16384;
inline constexpr std::uint64_t kMaxImagePixels = 64'000'000;

// The sizes, in pixels, of one sample's images; 0 x 0 for a missing modality.
struct PairSize {
  std::uint32_t rgb_height = 0, rgb_width = 0;
  std::uint32_t depth_height = 0, depth_width = 0;
  bool operator==(const PairSize&) const = default;
};

struct PixelFormat {
  std::uint32_t height = 0;  // of every image; 0 x 0: ragged, each image has its own size
  std::uint32_t width = 0;
  DepthKind depth = DepthKind::kColour;
  bool depth_alone = false;  // there are no RGB images; then `depth` is not kNone

  bool ragged() const { return height == 0; }
  bool has_rgb() const { return !depth_alone; }
  bool has_depth() const { return depth != DepthKind::kNone; }
  unsigned depth_pixel_bytes() const {
    return depth == DepthKind::kColour ? 3 : depth == DepthKind::kRaw16 ? 2 : 0;
  }
  // Requires: !ragged().
  std::size_t rgb_bytes() const { return has_rgb() ? std::size_t{height} * width * 3 : 0; }
  std::size_t depth_bytes() const { return std::size_t{height} * width * depth_pixel_bytes(); }
  PairSize size() const {
    return {has_rgb() ? height : 0, has_rgb() ? width : 0, has_depth() ? height : 0,
            has_depth() ? width : 0};
  }

  // Of a sample of any format.
  static std::size_t rgb_bytes(const PairSize& size) {
    return std::size_t{size.rgb_height} * size.rgb_width * 3;
  }
  std::size_t depth_bytes(const PairSize& size) const {
    return std::size_t{size.depth_height} * size.depth_width * depth_pixel_bytes();
  }
  bool operator==(const PixelFormat&) const = default;
};

// Throws BadInput if the images have 16-bit depth and the codec can't hold it.
void check_codec(Codec codec, const PixelFormat& pixels);

}  // namespace rod::shard
