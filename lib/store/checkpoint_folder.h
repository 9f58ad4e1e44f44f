// The checkpoints in a folder, such as step-000012000.safetensors, and which of them to keep.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rod::store {

inline constexpr const char* kCheckpointsName = "checkpoints";  // the folder in a run folder
// In the run folder.
inline constexpr const char* kBestName = "best.safetensors";
inline constexpr const char* kBestUnlabelledName = "best_unlabelled.safetensors";

struct ListedCheckpoint {
  std::uint64_t step;
  std::filesystem::path path;
};

std::string checkpoint_name(std::uint64_t step);

// Returns the checkpoints by name, newest first; empty if there is no such folder. Names that a
// drive has changed, such as "… (1).safetensors", are left out. Throws SystemError.
std::vector<ListedCheckpoint> list_checkpoints(const std::filesystem::path& folder);

// Returns, sorted, the names that resemble a checkpoint's but that list_checkpoints() leaves out.
// Temporary files are not included.
std::vector<std::string> other_checkpoint_names(const std::filesystem::path& folder);

// Removes all but the `keep` newest of the checkpoints up to `step`. Later checkpoints belong to
// another process and are kept.
void prune_checkpoints(const std::filesystem::path& folder, std::uint64_t step, std::uint32_t keep);

// Returns the best networks in a local folder that are not published yet. `name`: of the run
// folder's file, kBestName or kBestUnlabelledName.
std::vector<std::filesystem::path> waiting_best(const std::filesystem::path& local,
                                                const std::string& name = kBestName);

// Returns the name of such a file: "best-3.safetensors".
std::string waiting_best_name(const std::string& name, std::uint64_t number);

// Removes temporary files that killed processes left. Requires: no other process writes to
// `folder`.
void remove_unfinished(const std::filesystem::path& folder);

// newest.json in the run folder: names the newest checkpoint that is known to be complete. Written
// after that checkpoint.
struct NewestPointer {
  std::uint64_t step = 0;
  double seconds = 0;  // of training, over all processes
};
void write_pointer(const std::filesystem::path& run, const NewestPointer& pointer);

// Returns nothing if the file is missing or invalid. That is harmless, because every checkpoint
// carries its own hashes.
std::optional<NewestPointer> read_pointer(const std::filesystem::path& run);

// checkpoints/last.safetensors, a name that users expect: a safetensors file without tensors, whose
// metadata names the newest checkpoint beside it. It is not a link because drives do not support
// links.
inline constexpr const char* kLastName = "last.safetensors";

// Replaces `folder`'s last.safetensors atomically. Requires: the checkpoint of `step` exists.
// Throws SystemError.
void write_last(const std::filesystem::path& folder, std::uint64_t step);

// Removes `folder`'s last.safetensors if it names the checkpoint of `step`, which is about to be
// removed. Throws SystemError.
void forget_last(const std::filesystem::path& folder, std::uint64_t step);

// Returns the checkpoint that a last.safetensors names; any other path unchanged. Throws BadInput
// if the named checkpoint does not exist.
std::filesystem::path follow_last(const std::filesystem::path& path);

}  // namespace rod::store
