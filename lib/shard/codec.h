// The table of codecs: how the pixels of one image become stored bytes and pixels again.
//
// To add a codec, write one file that defines its CodecEntry and list the entry in codec_table.cc.
// The command line, `rodprep doctor`, the writer and the reader walk through the table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "shard/pixels.h"

namespace rod::shard {

// Properties of an image that are not in its stored bytes but in the shard's header.
struct StoredImage {
  std::uint32_t height = 0, width = 0;
  unsigned pixel_bytes = 3;  // 3: U8 [H,W,3]. 2: U16 [H,W], little-endian, aligned to 2
  bool depth = false;        // a depth image, of either kind; a photograph otherwise

  std::size_t bytes() const { return std::size_t{height} * width * pixel_bytes; }
};

inline StoredImage rgb_image(const PairSize& size) {
  return {size.rgb_height, size.rgb_width, 3, false};
}
// 0 x 0 if there is no depth.
inline StoredImage depth_image(const PairSize& size, const PixelFormat& pixels) {
  return {size.depth_height, size.depth_width, pixels.depth_pixel_bytes(), true};
}

inline constexpr int kDefaultQuality = 90;

struct EncoderOptions {
  int quality = kDefaultQuality;  // 1-100, for codecs with has_quality
};

// One object per thread: it owns its library's contexts and scratch memory.
class ImageEncoder {
 public:
  virtual ~ImageEncoder() = default;

  // Appends the stored form of `pixels` to `out`: the same bytes for the same pixels, on any
  // machine with the same library. Returns the number of bytes appended. Throws Error(kFailed) if
  // the codec's library was absent at build time. Requires: pixels.size() == image.bytes() > 0.
  virtual std::size_t encode(std::span<const std::byte> pixels, const StoredImage& image,
                             std::vector<std::byte>& out) = 0;
};

// One object per thread, as above.
class ImageDecoder {
 public:
  virtual ~ImageDecoder() = default;

  // Fills `pixels`. Returns false if `stored` is not a valid image of this size; `pixels` are then
  // unspecified. Invalid bytes never cost more than valid ones. Throws Error(kFailed) if the
  // codec's library was absent at build time. Requires: pixels.size() == image.bytes() > 0.
  virtual bool decode(std::span<const std::byte> stored, const StoredImage& image,
                      std::span<std::byte> pixels) = 0;
};

// The definition of a codec. Immutable; each codec defines one in its own file.
struct CodecEntry {
  const char* name;          // in files and on the command line
  const char* summary;       // for --help
  bool lossless;             // decoded pixels equal the encoded ones
  bool has_quality;          // EncoderOptions::quality changes the bytes
  bool holds_16_bits;        // stores U16 [H,W] as well
  double most_stored_share;  // typical upper bound as a share of the decoded size; for planning
  // The maximum number of bytes that encode() appends for an image. Readers refuse more.
  std::size_t (*bound)(const StoredImage& image);
  // Both are null if pixels are stored unencoded, in exactly bound() bytes.
  std::unique_ptr<ImageEncoder> (*make_encoder)(const EncoderOptions& options);
  std::unique_ptr<ImageDecoder> (*make_decoder)();

  bool stored_as_is() const { return make_decoder == nullptr; }
};

// Every codec, in the order in which messages name them.
std::span<const Codec> codecs();

// Their names: {"raw", "zstd", …}.
std::vector<std::string> codec_names();

// The decoders of one thread, created on first use.
class ImageDecoders {
 public:
  // Requires: !codec->stored_as_is().
  ImageDecoder& operator[](Codec codec);

 private:
  std::vector<std::pair<Codec, std::unique_ptr<ImageDecoder>>> made_;
};

}  // namespace rod::shard
