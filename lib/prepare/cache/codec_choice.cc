#include "prepare/cache/codec_choice.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/units.h"
#include "io/file.h"
#include "prepare/cache/folder.h"
#include "prepare/cache/room.h"
#include "shard/manifest.h"

namespace rod::prepare {
CodecChoice choose_codec(std::uint64_t pairs, const shard::PixelFormat& pixels,
                         const Machine& machine) {
  const double bytes = double(pairs) * double(pixels.rgb_bytes() + pixels.depth_bytes());
  const std::string decoded = format_size(bytes) + " of pixels";
  const std::string memory = format_size(double(machine.memory)) + " of memory where it trains";
  const std::string disk = format_size(double(machine.disk)) + " of disk there";
  if (!fits({.samples = whole_bytes(bytes)}, machine)) {
    return {shard::Codec::kZstd,
            fmt::format("codec zstd: {} would not stay in the {}", decoded, memory)};
  }
  if (!fits({.disk = stored_bytes(shard::Codec::kRaw, bytes, pairs)}, machine)) {
    return {shard::Codec::kZstd, fmt::format("codec zstd: {} do not fit on the {}", decoded, disk)};
  }
  return {shard::Codec::kRaw,
          fmt::format("codec raw: {} stay in the {}, and fit on the {}", decoded, memory, disk)};
}

std::optional<shard::Codec> codec_in(const std::filesystem::path& folder) {
  for (const char* name : {shard::kManifestName, kPlanName}) {
    if (!std::filesystem::exists(folder / name)) continue;
    const auto json = nlohmann::json::parse(io::read_file(folder / name), nullptr, false);
    if (!json.is_object() || !json.contains("codec") || !json["codec"].is_string()) continue;
    try {
      return shard::codec_from_name(json["codec"].get<std::string>());
    } catch (const BadInput&) {
      continue;  // whoever opens the folder next says what is wrong with it
    }
  }
  return std::nullopt;
}

}  // namespace rod::prepare
