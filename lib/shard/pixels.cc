#include "shard/pixels.h"

#include <fmt/format.h>

#include "base/error.h"

namespace rod {

const char* codec_name(Codec codec) {
  return codec == Codec::kRaw ? "raw" : "zstd";
}

const char* depth_kind_name(DepthKind kind) {
  return kind == DepthKind::kColour ? "rgb" : "raw16";
}

Codec codec_from_name(std::string_view name) {
  for (const Codec codec : {Codec::kRaw, Codec::kZstd}) {
    if (name == codec_name(codec)) return codec;
  }
  throw BadInput(fmt::format("codec '{}' is not known; expected raw or zstd", name));
}

DepthKind depth_kind_from_name(std::string_view name) {
  for (const DepthKind kind : {DepthKind::kColour, DepthKind::kRaw16}) {
    if (name == depth_kind_name(kind)) return kind;
  }
  throw BadInput(fmt::format("depth kind '{}' is not known; expected rgb or raw16", name));
}

}  // namespace rod
