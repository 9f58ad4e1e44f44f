// `rodprep synth`: renders a small archive in the form of ROD-synROD from 3-D shapes.
#pragma once

#include <cstdint>
#include <filesystem>

namespace rod::synth {

struct SynthOptions {
  std::filesystem::path archive;  // OUT.tar
  std::uint32_t pairs = 600;      // in the whole archive; at least 10 per class
  std::uint32_t size = 96;        // pixels per side, 16-1024
  std::uint32_t classes = 8;      // the first of the 47 by label
  std::uint64_t seed = 1;
  unsigned jobs = 0;
  bool quiet = false;
};

struct SynthReport {
  std::uint64_t pairs = 0;
  std::uint64_t files = 0;  // images and lists
  std::uint64_t bytes = 0;  // of the archive
  double seconds = 0;
};

// Writes the 2022 edition's tree: half of the pairs are synROD (clean renderings; a fifth of the
// models is for test only), half ROD (clutter, sensor noise, other light). The bytes depend only on
// the options, not on `jobs`. The archive appears under its name when it is complete. Holds ROD's
// depth images in memory (10-20 kB per pair at 96 pixels), because the depth tree follows the whole
// RGB tree. Throws Error(kUsage) for options out of range; SystemError; Error(kInterrupted or
// Error(kTerminated)).
SynthReport synth(const SynthOptions& options);

}  // namespace rod::synth
