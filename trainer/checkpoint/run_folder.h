// The run folder: what lies where in it, and which checkpoint to resume from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/checkpoint_folder.h"
#include "store/local_folder.h"
#include "store/run_lock.h"
#include "trainer/checkpoint/checkpoint.h"

namespace rod::trainer {

inline constexpr std::string_view kColabDrive = "/content/drive/";  // where notebooks mount it

// Locked while it lives, or the lock is shared: one trainer per run folder.
class RunFolder {
 public:
  // Creates the folder, and the one that open_local_folder() names. Throws Error(kFailed) when
  // another process trains in it, or when Colab's drive is to hold it and is not mounted;
  // SystemError.
  explicit RunFolder(const std::filesystem::path& folder,
                     const std::filesystem::path& local_dir = {});

  const std::filesystem::path& path() const { return path_; }
  std::string name() const;  // "rr" of runs/rr and of runs/rr/
  const store::LocalFolder& local() const { return local_; }
  const std::shared_ptr<store::RunLock>& lock() const { return lock_; }
  std::filesystem::path metrics_jsonl() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path metrics_csv() const { return path_ / "metrics.csv"; }
  std::filesystem::path report() const { return path_ / "report.html"; }
  std::filesystem::path trace() const { return path_ / "trace"; }
  std::filesystem::path best() const { return path_ / "best.safetensors"; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  std::filesystem::path checkpoint(std::uint64_t step) const {
    return checkpoints() / store::checkpoint_name(step);
  }

  // True when a run has left something here, or on this machine, that a new one would overwrite.
  bool has_run() const;

  // The newest one that is whole, in the run folder or the local one; `say` gets each newer one
  // that is not, and why. Absent: none was ever saved. Throws BadInput when there were some and
  // none is whole; the disk's or drive's when one can't be read.
  std::optional<Checkpoint> newest_checkpoint(
      const std::function<void(const std::string&)>& say) const;

 private:
  std::filesystem::path path_;
  std::shared_ptr<store::RunLock> lock_;
  store::LocalFolder local_;
};

// Returns the head of the newest checkpoint in a run folder or its local folder whose head is
// whole; nothing if there is none. Reads no tensors and takes no lock, so every process of a group
// may call it. Throws the disk's or drive's error if a checkpoint can't be read.
std::optional<CheckpointHead> newest_head(const std::filesystem::path& folder,
                                          const std::filesystem::path& local_dir = {});

}  // namespace rod::trainer
