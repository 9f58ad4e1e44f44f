// `rodprep synth`: a small ROD-synROD look-alike, rendered from 3-D shapes.
#pragma once

#include <cstdint>
#include <filesystem>

namespace rod {

struct SynthOptions {
  std::filesystem::path archive;   // OUT.tar
  std::uint32_t pairs = 600;       // in the whole archive
  std::uint32_t size = 96;         // pixels per side
  std::uint32_t classes = 8;
  std::uint64_t seed = 1;
  unsigned jobs = 0;
  bool quiet = false;
};

// The same bytes for the same options, whatever `jobs` is.
void synth(const SynthOptions& options);

}  // namespace rod
