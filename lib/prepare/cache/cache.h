// `rodprep cache` as a pipeline: pairs of images to shards.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/capacity.h"
#include "dataset/layout.h"
#include "image/depth.h"
#include "prepare/cache/codec_choice.h"
#include "prepare/cache/forecast.h"
#include "prepare/cache/part.h"
#include "prepare/cache/reject.h"
#include "prepare/cache/understanding.h"
#include "prepare/drive_retry.h"
#include "prepare/source.h"
#include "shard/manifest.h"
#include "shard/shard_writer.h"

namespace rod::prepare {

enum class DepthChoice { kAuto, kColour, kRaw16, kNormals };

// Which options of the format the user gave; `append` takes the others from the data set.
struct FormatGiven {
  bool size = false, codec = false, quality = false, depth = false, normals = false, exif = false,
       depth_scale = false, shard_bytes = false;
};

struct CacheOptions {
  std::filesystem::path source, destination;
  // for shards on their way to a destination on a drive; see shard_destination.h
  std::filesystem::path local_dir;
  dataset::LayoutOptions layout;
  SourceOptions reading;     // of the source
  std::uint32_t size = 256;  // pixels per side; 0: each image keeps its own size
  shard::Codec codec = shard::Codec::kZstd;
  bool choose_codec = false;               // --codec auto: instead of `codec`, what suits `target`
  std::optional<Machine> target;           // absent: this machine
  int quality = shard::kDefaultQuality;    // of codecs that have one, 1-100
  DepthChoice depth = DepthChoice::kAuto;  // auto: by the first image of the data set
  image::NormalsRecipe normals;            // of kNormals
  bool apply_exif = false;                 // EncodingOptions'
  double depth_scale = 0;                  // EncodingOptions'
  // decoded bytes per shard: boundaries depend only on options
  std::uint64_t shard_bytes = 256u << 20;
  io::FileOpener open{};  // of the source, if it is an archive but not a local file
  // Called after an archive was read completely once, before shards are made; what it throws ends
  // the run.
  std::function<void()> check{};
  std::chrono::seconds retry = kDriveRetry;  // how long failing reads of the source are retried
  bool skip_bad = false;                     // --on-error skip
  std::uint64_t max_rejects = 1000;          // more end with BadInput
  Part part;               // only these shards are made, and part.json instead of the manifest
  bool append = false;     // add to the complete data set at `destination`, see append.h
  FormatGiven given;       // with append
  bool inventory = false;  // write sources.jsonl: every file of the source and its fate
  std::uint64_t keep_free = kKeepFreeDisk;  // bytes left free on the destination's disk
  LookAtMachine look = machine_at;
  unsigned jobs = 0;
  bool quiet = false;
};

struct CacheReport {
  Understanding source;
  shard::Manifest manifest;  // empty for a partition
  std::string explanation;   // what SOURCE was recognised as
  shard::Codec codec = shard::Codec::kZstd;
  std::string codec_reason;  // of --codec auto
  CacheForecast forecast;    // made before the work starts; zeros if there was no work
  std::uint64_t pairs = 0, reject_count = 0, shards = 0, bytes = 0;
  std::vector<Reject> rejects;  // empty if the data set was already complete
  std::uint64_t oriented =
      0;  // pairs encoded by this run that have an EXIF orientation other than 1
  std::uint64_t shards_kept = 0;  // finished by an earlier, interrupted run
  std::uint64_t appended = 0;     // pairs that this source added, with append
  bool already_complete = false;  // nothing was done
  double seconds = 0;
};

// Runs the pipeline. The bytes at `destination` depend only on the source and the options. To
// resume after a kill, call it again: finished shards are kept. rejects.jsonl exists only if pairs
// were rejected. Throws BadInput if nothing is recognised, an image is bad, or the destination was
// made from something else; Error(kNoRoom); Error(kFailed) if another process writes to the
// destination; Error(kInterrupted), Error(kTerminated) with the state saved; SystemError.
CacheReport cache(const CacheOptions& options);

// Returns how cache() would read the source, and writes nothing. Throws BadInput if nothing is
// recognised or several interpretations are possible; SystemError.
Understanding understand(const CacheOptions& options);

// Returns CachePlan::text of what cache() would do. Throws what understand() throws.
std::string cache_plan_text(const CacheOptions& options);

}  // namespace rod::prepare
