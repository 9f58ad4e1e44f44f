// `--codec auto`: which codec suits the machine that will train.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "shard/pixels.h"

namespace rod::prepare {

// Bytes that the training machine can give to the data set.
struct TrainingMachine {
  std::uint64_t memory = 0, disk = 0;
};

struct CodecChoice {
  shard::Codec codec = shard::Codec::kZstd;
  std::string reason;  // one sentence with the numbers
};

// Raw where all decoded pixels stay in memory beside the trainer, as nothing is faster than no
// decoding; else zstd, which takes about a quarter and is decoded faster than any disk delivers raw
// pixels.
CodecChoice choose_codec(std::uint64_t pairs, const shard::PixelFormat& pixels,
                         const TrainingMachine& machine);

// The codec of what the folder holds already, finished or not, so that going on never changes it.
std::optional<shard::Codec> codec_in(const std::filesystem::path& folder);

}  // namespace rod::prepare
