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

// Raw where all decoded pixels stay in the training machine's memory beside the trainer (the
// measure of `rodtrain --residency auto`) and fit on its disk, as nothing is faster than no
// decoding; else zstd, which takes about a quarter and is decoded faster than any disk delivers raw
// pixels. Which of the two fits the disk at all is check_room()'s to say.
CodecChoice choose_codec(std::uint64_t pairs, const shard::PixelFormat& pixels,
                         const Machine& machine);

// The codec of what the folder holds already, finished or not, so that going on never changes it.
std::optional<shard::Codec> codec_in(const std::filesystem::path& folder);

}  // namespace rod::prepare
