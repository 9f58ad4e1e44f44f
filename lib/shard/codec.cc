#include "shard/codec.h"

#include <fmt/format.h>

#include "base/error.h"

namespace rod::shard {
namespace {

std::size_t bytes_as_they_are(const StoredImage& image) {
  return image.bytes();
}

}  // namespace

// FORMAT.md, "The raw codec": an array of pixels, which maps into memory.
extern const CodecEntry kRawCodec = {
    .name = "raw",
    .summary = "pixels as they are",
    .lossless = true,
    .has_quality = false,
    .holds_16_bits = true,
    .most_stored_share = 1,
    .bound = bytes_as_they_are,
    .make_encoder = nullptr,
    .make_decoder = nullptr,
};

const char* codec_name(Codec codec) {
  return codec->name;
}

std::vector<std::string> codec_names() {
  std::vector<std::string> names;
  for (const Codec codec : codecs()) names.emplace_back(codec->name);
  return names;
}

Codec codec_from_name(std::string_view name) {
  std::string known;
  for (const Codec codec : codecs()) {
    if (name == codec->name) return codec;
    known += known.empty() ? "" : codec == codecs().back() ? " or " : ", ";
    known += codec->name;
  }
  throw BadInput(fmt::format("codec '{}' is not known; expected {}", name, known));
}

void check_codec(Codec codec, const PixelFormat& pixels) {
  if (codec->holds_16_bits || pixels.depth != DepthKind::kRaw16) return;
  throw BadInput(fmt::format(
      "16-bit depth does not fit into codec {}; choose --codec zstd, or --depth normals",
      codec->name));
}

ImageDecoder& ImageDecoders::operator[](Codec codec) {
  for (const auto& [made_for, decoder] : made_) {
    if (made_for == codec) return *decoder;
  }
  return *made_.emplace_back(codec, codec->make_decoder()).second;
}

}  // namespace rod::shard
