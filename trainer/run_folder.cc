#include "trainer/run_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "base/error.h"

namespace rod {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPrefix = "step-";
constexpr std::string_view kSuffix = ".safetensors";
constexpr std::size_t kDigits = 9;

std::string checkpoint_name(std::uint64_t step) {
  return fmt::format("{}{:0{}}{}", kPrefix, step, kDigits, kSuffix);
}

std::optional<std::uint64_t> step_of(const std::string& name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  std::uint64_t step = 0;
  std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), step);
  if (checkpoint_name(step) != name) return std::nullopt;
  return step;
}

void empty_then_remove(const fs::path& path) {
  std::error_code ignored;  // one file too many harms nobody
  fs::resize_file(path, 0, ignored);
  fs::remove(path, ignored);
}

}  // namespace

RunFolder::RunFolder(const fs::path& folder)
    : path_(folder), lock_(folder / ".lock", fmt::format("the run folder {}", folder.string())) {}

std::string RunFolder::name() const {
  return (path_.has_filename() ? path_ : path_.parent_path()).filename().string();
}

fs::path RunFolder::checkpoint(std::uint64_t step) const {
  return path_ / "checkpoints" / checkpoint_name(step);
}

bool RunFolder::has_run() const {
  return fs::exists(metrics_jsonl()) || !checkpoints().empty();
}

std::vector<CheckpointFile> RunFolder::checkpoints() const {
  std::vector<CheckpointFile> found;
  std::error_code error;
  fs::directory_iterator entries(path_ / "checkpoints", error);
  if (error == std::errc::no_such_file_or_directory) return found;
  if (error) throw_errno((path_ / "checkpoints").string(), "list", error.value());
  for (const fs::directory_entry& entry : entries) {
    if (const auto step = step_of(entry.path().filename().string()))
      found.push_back({*step, entry.path()});
  }
  std::sort(found.begin(), found.end(),
            [](const CheckpointFile& a, const CheckpointFile& b) { return a.step > b.step; });
  return found;
}

std::optional<Checkpoint> RunFolder::newest_checkpoint(
    const std::function<void(const std::string&)>& say) const {
  const std::vector<CheckpointFile> files = checkpoints();
  for (const CheckpointFile& file : files) {
    try {
      Checkpoint checkpoint = read_checkpoint(file.path);
      if (checkpoint.head.state.step == file.step) return checkpoint;
      say(fmt::format("{}: holds step {}; it was renamed. Taking the one before.",
                      file.path.string(), checkpoint.head.state.step));
    } catch (const Error& error) {
      say(fmt::format("{}\nTaking the checkpoint before it.", error.what()));
    }
  }
  if (files.empty()) return std::nullopt;
  throw BadInput(fmt::format(
      "{}: none of its {} checkpoints is whole, so the run can't go on; train again with "
      "another --logdir",
      (path_ / "checkpoints").string(), files.size()));
}

void RunFolder::prune(std::uint64_t step, std::uint32_t keep) const {
  std::uint32_t kept = 0;
  for (const CheckpointFile& file : checkpoints()) {
    if (file.step > step || kept == keep) {
      empty_then_remove(file.path);
    } else {
      ++kept;
    }
  }
}

}  // namespace rod
