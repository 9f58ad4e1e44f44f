#include "trainer/run_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/stop.h"

namespace rod {
namespace fs = std::filesystem;
namespace {

using Say = std::function<void(const std::string&)>;

constexpr int kTries = 3;  // of a read that fails: a drive that stumbles is no damaged file
constexpr std::chrono::seconds kPause{1};

Checkpoint read_with_patience(const fs::path& path) {
  for (int again = kTries - 1;; --again) {
    try {
      return read_checkpoint(path);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kBadInput || again == 0) throw;
      pause(kPause, "nothing was changed");
    }
  }
}

// Newest first; of two with the same step the one that is nearer.
std::vector<CheckpointFile> all_checkpoints(const fs::path& near, const fs::path& far) {
  std::vector<CheckpointFile> files = list_checkpoints(near);
  for (CheckpointFile& file : list_checkpoints(far)) files.push_back(std::move(file));
  std::stable_sort(
      files.begin(), files.end(),
      [](const CheckpointFile& a, const CheckpointFile& b) { return a.step > b.step; });
  return files;
}

}  // namespace

RunFolder::RunFolder(const fs::path& folder, const fs::path& local_dir)
    : path_(folder),
      lock_(std::make_shared<RunLock>(folder)),
      local_(open_local_folder(folder, local_dir)) {}

std::string RunFolder::name() const {
  return (path_.has_filename() ? path_ : path_.parent_path()).filename().string();
}

bool RunFolder::has_run() const {
  return fs::exists(metrics_jsonl()) || !all_checkpoints(local_.path, checkpoints()).empty();
}

std::optional<Checkpoint> RunFolder::newest_checkpoint(const Say& say) const {
  const std::vector<CheckpointFile> files = all_checkpoints(local_.path, checkpoints());
  for (const std::string& name : other_checkpoint_names(checkpoints())) {
    say(fmt::format("{}: not a name that rodtrain gives: ignored",
                    (checkpoints() / name).string()));
  }
  const auto pointer = read_pointer(path_);
  if (pointer && std::none_of(files.begin(), files.end(),
                              [&](auto& file) { return file.step == pointer->step; })) {
    say(fmt::format("{}: was saved, but is not there any more",
                    checkpoint(pointer->step).string()));
  }
  for (const CheckpointFile& file : files) {
    try {
      Checkpoint checkpoint = read_with_patience(file.path);
      if (checkpoint.head.state.step == file.step) return checkpoint;
      say(fmt::format("{}: holds step {}; it was renamed. Taking the one before.",
                      file.path.string(), checkpoint.head.state.step));
    } catch (const Error& error) {
      throw_if_stopped("nothing was changed");
      say(fmt::format("{}\nTaking the checkpoint before it.", error.what()));
    }
  }
  if (files.empty()) return std::nullopt;
  throw BadInput(fmt::format(
      "{}: none of its {} checkpoints is whole, so the run can't go on; train again with "
      "another --logdir",
      checkpoints().string(), files.size()));
}

}  // namespace rod
