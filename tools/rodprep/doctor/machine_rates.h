// What one core of this machine does with image pairs, measured in a second.
#pragma once

#include <cstdint>

namespace rod::doctor {

// Seconds of one core per pair.
struct MachineRates {
  double decode_png = 0;   // both PNGs to pixels
  double encode_zstd = 0;  // pixels to what codec zstd stores
  double decode_zstd = 0;  // and back
  double copy_raw = 0;     // what codec raw costs: a copy in memory
};

// Renders one noisy pair of `size` pixels and measures it on one thread, about 0.2 s per rate. The
// rendered pair takes as long as a photograph within about a third.
MachineRates measure_rates(std::uint32_t size);

}  // namespace rod::doctor
