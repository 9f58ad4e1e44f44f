// `--codec auto`: which codec suits the machine that will train.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/capacity.h"
#include "shard/pixels.h"

namespace rod::prepare {

struct CodecChoice {
  shard::Codec codec = shard::Codec::kZstd;
  std::string reason;  // one sentence with the numbers
};

// Returns raw if all decoded pixels fit in the training machine's memory beside the trainer (as
// `rodtrain --residency auto` measures it) and on its disk, because no decoding is fastest.
// Otherwise returns zstd, which needs about a quarter of the space and is decoded faster than any
// disk delivers raw pixels. check_room() checks whether the result fits the disk.
CodecChoice choose_codec(std::uint64_t pairs, const shard::PixelFormat& pixels,
                         const Machine& machine);

// Returns the codec of the folder's data set, finished or not, so that resuming never changes it;
// nothing if there is none.
std::optional<shard::Codec> codec_in(const std::filesystem::path& folder);

}  // namespace rod::prepare
