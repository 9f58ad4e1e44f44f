// The names of a run's checkpoints in a folder: step-000012000.safetensors, and which of them to
// keep.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rod::store {

inline constexpr const char* kCheckpointsName = "checkpoints";  // the folder in a run folder
inline constexpr const char* kBestName = "best.safetensors";    // in the run folder

struct ListedCheckpoint {
  std::uint64_t step;
  std::filesystem::path path;
};

std::string checkpoint_name(std::uint64_t step);

// By name, newest first; empty when there is no such folder. Names that a drive makes up, such as
// "… (1).safetensors", don't count. Errors: throw_errno.
std::vector<ListedCheckpoint> list_checkpoints(const std::filesystem::path& folder);

// Names that look like a checkpoint's and are none: what list_checkpoints() leaves out, sorted,
// without unfinished files.
std::vector<std::string> other_checkpoint_names(const std::filesystem::path& folder);

// Removes all but the `keep` newest of the checkpoints up to `step`. Later ones are somebody
// else's.
void prune_checkpoints(const std::filesystem::path& folder, std::uint64_t step, std::uint32_t keep);

// Best networks that wait in a local folder.
std::vector<std::filesystem::path> waiting_best(const std::filesystem::path& local);

// Removes what killed processes left unfinished. REQUIRES: nobody else writes here.
void remove_unfinished(const std::filesystem::path& folder);

// newest.json in the run folder: which checkpoint is the newest that is known to be whole. Written
// after it.
struct NewestPointer {
  std::uint64_t step = 0;
  double seconds = 0;  // of training, over all processes
};
void write_pointer(const std::filesystem::path& run, const NewestPointer& pointer);

// Absent when there is none, or it can't be understood: every checkpoint proves itself.
std::optional<NewestPointer> read_pointer(const std::filesystem::path& run);

}  // namespace rod::store
