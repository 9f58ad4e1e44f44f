#include "shard/pixels.h"

#include <fmt/format.h>

#include "base/error.h"

namespace rod {

const char* codec_name(Codec codec) {
  return codec == Codec::kRaw ? "raw" : codec == Codec::kZstd ? "zstd" : "jpeg";
}

const char* depth_kind_name(DepthKind kind) {
  return kind == DepthKind::kColour ? "rgb" : kind == DepthKind::kRaw16 ? "raw16" : "none";
}

Codec codec_from_name(std::string_view name) {
  for (const Codec codec : {Codec::kRaw, Codec::kZstd, Codec::kJpeg}) {
    if (name == codec_name(codec)) return codec;
  }
  throw BadInput(fmt::format("codec '{}' is not known; expected raw, zstd or jpeg", name));
}

DepthKind depth_kind_from_name(std::string_view name) {
  for (const DepthKind kind : {DepthKind::kColour, DepthKind::kRaw16, DepthKind::kNone}) {
    if (name == depth_kind_name(kind)) return kind;
  }
  throw BadInput(fmt::format("depth kind '{}' is not known; expected rgb, raw16 or none", name));
}

void check_codec(Codec codec, const PixelFormat& pixels) {
  if (codec != Codec::kJpeg || pixels.depth != DepthKind::kRaw16) return;
  throw BadInput("16-bit depth does not fit into JPEG; choose --codec zstd, or --depth normals");
}

}  // namespace rod
