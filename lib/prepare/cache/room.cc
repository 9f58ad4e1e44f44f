#include "prepare/cache/room.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/units.h"
#include "shard/codec.h"

namespace rod::prepare {
namespace {

// Decoded bytes over those of the files, which are all that is known of ragged images: those of
// PNGs of real crops.
constexpr double kDecodedOverFile = 4;
constexpr double kRecordOverhead = 128;  // bytes of key, label, offsets and hashes

}  // namespace

std::uint64_t stored_bytes(shard::Codec codec, double decoded, std::uint64_t pairs) {
  return whole_bytes(decoded * codec->most_stored_share + double(pairs) * kRecordOverhead);
}

void check_room(const std::filesystem::path& folder, const CachePlan& plan, std::uint64_t pairs,
                const Machine& machine) {
  const bool exact = plan.codec->stored_as_is() && !plan.pixels.ragged();
  double pixels = double(plan.pixels.rgb_bytes() + plan.pixels.depth_bytes()) * double(pairs);
  if (plan.pixels.ragged()) {
    double files = 0, all = 0;
    for (const ShardUnit& unit : plan.units) {
      files += double(unit.source_bytes);
      all += double(unit.count);
    }
    pixels = files * kDecodedOverFile * double(pairs) / all;
  }
  const std::uint64_t bytes = stored_bytes(plan.codec, pixels, pairs);
  if (fits({.disk = bytes}, machine)) return;
  throw Error(ErrorKind::kNoRoom,
              fmt::format("{}: needs {}{} for {} pairs of size {} ({}), {} are free there, of "
                          "which {} stay free (--keep-free); free some space, choose another "
                          "disk{} or a smaller --size",
                          folder.string(), exact ? "" : "about ", format_size(double(bytes)),
                          format_count(pairs), plan.pixels.height, shard::codec_name(plan.codec),
                          format_size(double(machine.disk)), format_size(double(machine.keep_free)),
                          plan.codec->stored_as_is() ? ", --codec zstd" : ""));
}

}  // namespace rod::prepare
