#include "trainer/checkpoint/run_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/stop.h"
#include "io/retry.h"

namespace rod::trainer {
namespace fs = std::filesystem;
namespace {

using Say = std::function<void(const std::string&)>;

// A drive that fails is no damaged file: the checkpoint before it would cost the work since then.
constexpr io::RetryPolicy kReads{
    .give_up_after = std::chrono::milliseconds::max(),
    .first_pause = std::chrono::seconds(1),
    .longest_pause = std::chrono::seconds(1),
    .max_tries = 8,
    .retries = [](const Error& error) { return error.kind() != ErrorKind::kBadInput; }};

// read(path), repeated while a drive fails.
template <typename Read>
auto read_with_retries(const fs::path& path, Read read) {
  std::optional<decltype(read(path))> found;
  try {
    io::retry(kReads, io::stop_on_signal("nothing was changed"), {}, [&] { found = read(path); });
  } catch (const Error& error) {
    if (!kReads.retries(error) || stop_signal() != 0) throw;
    throw Error(error.kind(),
                fmt::format("{}; mount the drive again and run the same command, or move the file "
                            "away to resume from the checkpoint before it",
                            error.what()));
  }
  return *std::move(found);
}

// On Colab a drive that is not mounted would become a folder of a disk that is lost with the
// machine.
fs::path require_mounted(const fs::path& folder) {
  const std::string path = fs::absolute(folder).lexically_normal().string();
  if (!path.starts_with(kColabDrive)) return folder;
  const std::size_t drive_end = path.find('/', kColabDrive.size());
  if (drive_end == path.npos || fs::exists(path.substr(0, drive_end))) return folder;
  throw Error(ErrorKind::kFailed,
              fmt::format("{}: the drive is not mounted; run drive.mount('/content/drive') in a "
                          "Python cell first",
                          folder.string()));
}

// Newest first; of two with the same step the one that is nearer.
std::vector<store::ListedCheckpoint> all_checkpoints(const fs::path& near, const fs::path& far) {
  std::vector<store::ListedCheckpoint> files = store::list_checkpoints(near);
  for (store::ListedCheckpoint& file : store::list_checkpoints(far))
    files.push_back(std::move(file));
  std::stable_sort(files.begin(), files.end(),
                   [](const store::ListedCheckpoint& a, const store::ListedCheckpoint& b) {
                     return a.step > b.step;
                   });
  return files;
}

}  // namespace

RunFolder::RunFolder(const fs::path& folder, const fs::path& local_dir)
    : path_(require_mounted(folder)),
      lock_(std::make_shared<store::RunLock>(folder)),
      local_(store::open_local_folder(folder, local_dir)) {}

std::string RunFolder::name() const {
  return (path_.has_filename() ? path_ : path_.parent_path()).filename().string();
}

bool RunFolder::has_run() const {
  return fs::exists(metrics_jsonl()) || !all_checkpoints(local_.path, checkpoints()).empty();
}

std::optional<Checkpoint> RunFolder::newest_checkpoint(const Say& say) const {
  const std::vector<store::ListedCheckpoint> files = all_checkpoints(local_.path, checkpoints());
  for (const std::string& name : store::other_checkpoint_names(checkpoints())) {
    say(fmt::format("{}: not a name that rodtrain gives: ignored",
                    (checkpoints() / name).string()));
  }
  const auto pointer = store::read_pointer(path_);
  if (pointer && std::none_of(files.begin(), files.end(),
                              [&](auto& file) { return file.step == pointer->step; })) {
    say(fmt::format("{}: was saved, but no longer exists", checkpoint(pointer->step).string()));
  }
  for (const store::ListedCheckpoint& file : files) {
    try {
      Checkpoint checkpoint = read_with_retries(file.path, read_checkpoint);
      if (checkpoint.head.state.step == file.step) return checkpoint;
      say(fmt::format("{}: holds step {}; it was renamed. Taking the one before.",
                      file.path.string(), checkpoint.head.state.step));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kBadInput) throw;
      say(fmt::format("{}\nTaking the checkpoint before it.", error.what()));
    }
  }
  if (files.empty()) {
    if (!pointer) return std::nullopt;
    throw BadInput(fmt::format(
        "{}: holds no checkpoint, although one was saved after step {}; the drive may show it "
        "later: run the same command again then, or start a new run with another --logdir",
        checkpoints().string(), pointer->step));
  }
  throw BadInput(
      fmt::format("{}: all of its {} checkpoints are damaged, so the run can't resume; train again "
                  "with another --logdir",
                  checkpoints().string(), files.size()));
}

std::optional<CheckpointHead> newest_head(const fs::path& folder, const fs::path& local_dir) {
  const fs::path local = store::open_local_folder(folder, local_dir).path;
  for (const store::ListedCheckpoint& file :
       all_checkpoints(local, folder / store::kCheckpointsName)) {
    try {
      return read_with_retries(file.path, read_checkpoint_head);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kBadInput) throw;
    }
  }
  return std::nullopt;
}

}  // namespace rod::trainer
