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

// Which options of the format were given; `append` takes the others from the data set.
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
  std::optional<Machine> target;           // this machine, if it is not given
  int quality = shard::kDefaultQuality;    // of codecs that have one, 1-100
  DepthChoice depth = DepthChoice::kAuto;  // auto: by the first image of the data set
  image::NormalsRecipe normals;            // of kNormals
  bool apply_exif = false;                 // EncodingOptions'
  double depth_scale = 0;                  // EncodingOptions'
  std::uint64_t shard_bytes =
      256u << 20;         // decoded pixels per shard: boundaries depend on options alone
  io::FileOpener open{};  // of the source, if it is an archive and no file of this machine
  // Called when all of an archive was read once, before shards are made; what it throws ends the
  // run.
  std::function<void()> check{};
  std::chrono::seconds retry = kDriveRetry;  // for which a read of the source may go on failing
  bool skip_bad = false;                     // --on-error skip
  std::uint64_t max_rejects = 1000;          // exit 3 above
  Part part;               // of the data set: its shards, and part.json instead of the manifest
  bool append = false;     // to the complete data set at `destination`, see append.h
  FormatGiven given;       // with append
  bool inventory = false;  // write sources.jsonl: every file of the source and its fate
  std::uint64_t keep_free = kKeepFreeDisk;  // bytes left free on the destination's disk
  LookAtMachine look = machine_at;
  unsigned jobs = 0;
  bool quiet = false;
};

struct CacheReport {
  Understanding source;
  shard::Manifest manifest;  // empty for a part
  std::string explanation;   // what SOURCE was recognised as
  shard::Codec codec = shard::Codec::kZstd;
  std::string codec_reason;  // of --codec auto
  CacheForecast forecast;    // made before the work; zeros when there was none
  std::uint64_t pairs = 0, reject_count = 0, shards = 0, bytes = 0;
  std::vector<Reject> rejects;  // unless it was already complete
  std::uint64_t oriented =
      0;  // pairs encoded by this run that have an EXIF orientation other than 1
  std::uint64_t shards_kept = 0;  // found finished from an earlier, interrupted run
  std::uint64_t appended = 0;     // pairs that this source added, with append
  bool already_complete = false;  // nothing was done
  double seconds = 0;
};

// The bytes of DESTINATION depend on source and options alone. A run that was killed is gone on
// with by calling it again: finished shards are kept. rejects.jsonl exists only when pairs were
// refused. Throws BadInput (exit 3): nothing recognised, a bad image, a destination made from
// something else; Error(kNoRoom) (exit 4); Error(kFailed): another process writes there;
// Error(kInterrupted), Error(kTerminated): state is saved; SystemError.
CacheReport cache(const CacheOptions& options);

// What cache() would make of the source; nothing is written. Throws BadInput where nothing is
// recognised, or more than one reading is possible; SystemError.
Understanding understand(const CacheOptions& options);

// CachePlan::text of what cache() would do. Throws BadInput as above; SystemError.
std::string cache_plan_text(const CacheOptions& options);

}  // namespace rod::prepare
