#include "shard/pixels.h"

#include <fmt/format.h>

#include "base/error.h"

namespace rod::shard {

const char* depth_kind_name(DepthKind kind) {
  return kind == DepthKind::kColour ? "rgb" : kind == DepthKind::kRaw16 ? "raw16" : "none";
}

DepthKind depth_kind_from_name(std::string_view name) {
  for (const DepthKind kind : {DepthKind::kColour, DepthKind::kRaw16, DepthKind::kNone}) {
    if (name == depth_kind_name(kind)) return kind;
  }
  throw BadInput(fmt::format("depth kind '{}' is not known; expected rgb, raw16 or none", name));
}

}  // namespace rod::shard
