// The run folder: what lies where in it, and which checkpoint to go on from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "trainer/checkpoint.h"

namespace rod {

struct CheckpointFile {
  std::uint64_t step;
  std::filesystem::path path;
};

// Locked while it lives: one trainer per run folder.
class RunFolder {
 public:
  // Creates the folder. Errors: kFailed when another process trains in it; throw_errno.
  explicit RunFolder(const std::filesystem::path& folder);

  const std::filesystem::path& path() const { return path_; }
  std::string name() const;  // "rr" of runs/rr and of runs/rr/
  std::filesystem::path config() const { return path_ / "config.toml"; }
  std::filesystem::path metrics_jsonl() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path metrics_csv() const { return path_ / "metrics.csv"; }
  std::filesystem::path report() const { return path_ / "report.html"; }
  std::filesystem::path trace() const { return path_ / "trace"; }
  std::filesystem::path best() const { return path_ / "best.safetensors"; }
  std::filesystem::path checkpoint(std::uint64_t step) const;

  // True when a run has left something here that a new one would overwrite.
  bool has_run() const;

  // By name, newest first. Other names, such as those a drive makes up ("… (1).safetensors"), don't count.
  std::vector<CheckpointFile> checkpoints() const;

  // The newest one that is whole; `say` is told of each that is not, and why. Absent: there is none at all.
  // Errors: BadInput when there are some and none is whole.
  std::optional<Checkpoint> newest_checkpoint(
      const std::function<void(const std::string&)>& say) const;

  // Keeps the `keep` newest of the checkpoints up to `step`. Later ones, which newest_checkpoint() refused,
  // go too. A drive's trash counts what is deleted: they are emptied first.
  void prune(std::uint64_t step, std::uint32_t keep) const;

 private:
  std::filesystem::path path_;
  FileLock lock_;
};

}  // namespace rod
