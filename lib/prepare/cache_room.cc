#include "prepare/cache_room.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/machine.h"
#include "base/units.h"

namespace rod {
namespace {

constexpr double kZstdRatio = 0.4;       // of the decoded size; real crops take about a quarter
constexpr double kRecordOverhead = 128;  // bytes of key, label, offsets and hashes

}  // namespace

void check_room(const std::filesystem::path& folder, const CachePlan& plan, std::uint64_t pairs) {
  const bool zstd = plan.codec == Codec::kZstd;
  const double pixels = double(plan.pixels.rgb_bytes() + plan.pixels.depth_bytes());
  const double bytes = double(pairs) * (pixels * (zstd ? kZstdRatio : 1) + kRecordOverhead);
  const double room = double(free_space(folder));
  if (bytes <= room) return;
  throw Error(ErrorKind::kNoRoom,
              fmt::format("{}: needs {}{} for {} pairs of {} pixels ({}), {} are free there; "
                          "free some space, choose another disk{} or a smaller --size",
                          folder.string(), zstd ? "about " : "", format_size(bytes),
                          format_count(pairs), plan.pixels.height, codec_name(plan.codec),
                          format_size(room), zstd ? "" : ", --codec zstd"));
}

}  // namespace rod
