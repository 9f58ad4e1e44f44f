// `rodprep cache` as a pipeline: pairs of images to shards.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dataset/layout.h"
#include "shard/manifest.h"

namespace rod {

enum class DepthChoice { kAuto, kColour, kRaw16 };

struct CacheOptions {
  std::filesystem::path source, destination;
  LayoutOptions layout;
  std::uint32_t size = 256;                      // pixels per side
  Codec codec = Codec::kZstd;
  DepthChoice depth = DepthChoice::kAuto;        // auto: by the first image of the data set
  std::uint64_t shard_bytes = 256u << 20;        // decoded pixels per shard: boundaries depend on options alone
  bool skip_bad = false;                         // --on-error skip
  std::uint64_t max_rejects = 1000;              // exit 3 above
  unsigned jobs = 0;
  bool quiet = false;
};

struct CacheReport {
  Manifest manifest;
  std::uint64_t pairs = 0, rejects = 0;
  std::uint64_t shards_kept = 0;   // found finished from an earlier, interrupted run
  double seconds = 0;
};

// The bytes of DESTINATION depend on source and options alone. Errors: BadInput (exit 3), kNoRoom (exit 4), …
CacheReport cache(const CacheOptions& options);

}  // namespace rod
