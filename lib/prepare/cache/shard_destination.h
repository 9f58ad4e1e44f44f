// Where a finished shard goes: straight into the data set, or by way of this machine's disk when
// that lies on a drive.
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

// Note [Drives]: a mounted drive may fail, hang, go away or be full, and what was written to it may
// read back otherwise. So a shard is written to a disk of this machine and hashed; copied to the
// drive under a temporary name; read back and compared; given its name; and only then dropped here.
// While the drive fails, the copy is tried again. After a kill the next run finds what waits here.

class ShardDestination {
 public:
  // `local` empty: `folder` is no drive. `log` is called before each new try; any thread.
  ShardDestination(std::filesystem::path folder, std::filesystem::path local, io::Log log);

  const std::filesystem::path& folder() const { return folder_; }
  const std::filesystem::path& local() const { return local_; }
  bool is_drive() const { return !local_.empty(); }

  // The shard is in the data set, under its name, when this returns. Thread-safe. Throws what
  // ShardWriter::publish throws; Error(kFailed) when the drive has failed for ten minutes,
  // Error(kNoRoom) when it is full (the shard stays here); Error(kInterrupted).
  shard::ShardInfo publish(const shard::ShardWriter& writer, const std::string& file) const;

  // Moves a whole shard that waits in `local` to the data set. Throws what publish() throws.
  void deliver(const shard::ShardInfo& shard) const;

  // Removes `local`, when all is delivered.
  void finish() const;

 private:
  const std::filesystem::path folder_, local_;
  const io::Log log_;
};

// The folder for shards on their way to `destination`: below `local_dir`, or below the system's
// folder for temporary files when the destination is on a drive; empty when it is on a disk of this
// machine and no folder is given. One for each destination and plan, so that a rerun finds it.
// Throws SystemError; Error(kFailed) when it belongs to somebody else.
std::filesystem::path local_shard_folder(const std::filesystem::path& destination,
                                         const std::filesystem::path& local_dir,
                                         const std::string& plan_text);

}  // namespace rod::prepare
