// Where samples are kept during a run: in the shards, in memory, or on the device.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/capacity.h"
#include "shard/pixels.h"

namespace rod::stream {

enum class Residency {
  kAuto,
  kStream,  // read again in every epoch; the system's page cache holds what fits
  kRam,     // decoded from the first reading on
  kDevice,  // decoded on the GPU, from the start
};

const char* residency_name(Residency residency);       // "auto", "stream", "ram", "device"
Residency residency_from_name(std::string_view name);  // Throws Error(kUsage)

// The sizes of the samples, in bytes.
struct ResidencyFacts {
  std::uint64_t decoded = 0;  // pixels of the splits that are trained on
  std::uint64_t stored = 0;   // their shards
  shard::Codec codec = shard::Codec::kRaw;
  Machine machine;
  std::uint64_t gpu_step = 0;  // GPU memory that a training step takes; 0: not measured
};

struct ResidencyPlan {
  Residency kind = Residency::kStream;  // never kAuto
  std::string reason;                   // one line that explains the choice
};

// Chooses the residency, or checks the requested one. Throws Error(kNoRoom) if `wanted` does not
// fit.
ResidencyPlan plan_residency(Residency wanted, const ResidencyFacts& facts);

}  // namespace rod::stream
