// The destination of finished shards: the data set itself or, if that is on a drive, this machine's
// disk first.
#pragma once

#include <filesystem>
#include <string>

#include "io/retry.h"
#include "shard/manifest.h"
#include "shard/shard_writer.h"

namespace rod::prepare {

// What to type after an interrupted `cache`.
inline constexpr const char* kGoOnCaching =
    "finished shards are kept: run the same command again to go on";

// Note [Drives]: a mounted drive may fail, hang, disappear or be full, and written data may read
// back differently. Therefore a shard is written to a local disk and hashed, copied to the drive
// under a temporary name, read back, compared and renamed; only then is the local copy removed.
// While the drive fails, the copy is retried. After a kill, the next run finds the local copies.

class ShardDestination {
 public:
  // `local`: empty if `folder` is not on a drive. `log` is called before each retry, on any thread.
  ShardDestination(std::filesystem::path folder, std::filesystem::path local, io::Log log);

  const std::filesystem::path& folder() const { return folder_; }
  const std::filesystem::path& local() const { return local_; }
  bool is_drive() const { return !local_.empty(); }

  // When this returns, the shard is in the data set under its name. Throws what
  // ShardWriter::publish() throws; Error(kFailed) after the drive has failed for ten minutes, and
  // Error(kNoRoom) if it is full (the local copy is kept in both cases); Error(kInterrupted).
  // Thread-safe.
  shard::ShardInfo publish(const shard::ShardWriter& writer, const std::string& file) const;

  // Moves a complete shard from `local` to the data set. Throws what publish() throws.
  void deliver(const shard::ShardInfo& shard) const;

  // Removes `local`. Requires: all shards were delivered.
  void finish() const;

 private:
  const std::filesystem::path folder_, local_;
  const io::Log log_;
};

// Returns the local folder for shards that are not yet in `destination`: below `local_dir` or, if
// that is empty and the destination is on a drive, below the system's temporary folder; "" if the
// destination is on a local disk and `local_dir` is empty. There is one for each destination and
// plan, so that a rerun finds it. Throws SystemError; Error(kFailed) if another user owns it.
std::filesystem::path local_shard_folder(const std::filesystem::path& destination,
                                         const std::filesystem::path& local_dir,
                                         const std::string& plan_text);

}  // namespace rod::prepare
