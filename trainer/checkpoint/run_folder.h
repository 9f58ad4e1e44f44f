// The run folder: the paths in it, and the checkpoint to resume from.
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

// Holds the run folder's lock as long as the object or a copy of lock() exists: one trainer per run
// folder.
class RunFolder {
 public:
  // Creates the folder, and the one that open_local_folder() names. Throws Error(kFailed) if
  // another process trains in it, or if it is on Colab's drive, which is not mounted; SystemError.
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

  // Whether an earlier run left files here, or on this machine, that a new run would overwrite.
  bool has_run() const;

  // Returns the newest undamaged checkpoint of the run folder and the local folder; nothing if none
  // was ever saved. `say` receives each newer damaged one, with the reason. Throws BadInput if all
  // are damaged; the disk's or drive's error if one can't be read.
  std::optional<Checkpoint> newest_checkpoint(
      const std::function<void(const std::string&)>& say) const;

 private:
  std::filesystem::path path_;
  std::shared_ptr<store::RunLock> lock_;
  store::LocalFolder local_;
};

// Returns the head of the newest checkpoint, in a run folder or its local folder, whose head is
// undamaged; nothing if there is none. Reads no tensors and takes no lock, so every process of a
// group may call it. Throws the disk's or drive's error if a checkpoint can't be read.
std::optional<CheckpointHead> newest_head(const std::filesystem::path& folder,
                                          const std::filesystem::path& local_dir = {});

}  // namespace rod::trainer
