#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/stop.h"
#include "doctor/machine_state.h"
#include "io/file.h"

namespace rod::doctor {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{20};
constexpr std::chrono::milliseconds kLook{50};  // for a signal to stop
constexpr std::uint64_t kLargeFile = 8 << 20, kBlock = 1 << 20, kBlocksInARow = 16;
constexpr int kMostNames = 2000, kLevels = 3;

std::optional<Mount> mounted_drive() {
  std::optional<Mount> drive;
  for (const Mount& mount : read_mounts()) {
    if (mount.type == "fuse.drive" || mount.folder == "/content/drive") return mount;
    if (mount.type.starts_with("fuse.") && mount.type != "fuse.lxcfs" &&
        mount.type != "fuse.portal")
      drive = mount;
  }
  return drive;
}

// The largest regular file among the first names that a walk meets.
fs::path large_file_in(const fs::path& folder) {
  fs::path best;
  std::uintmax_t best_size = kLargeFile - 1;
  std::error_code error;
  int names = 0;
  for (fs::recursive_directory_iterator entry(folder, error), end;
       entry != end && ++names <= kMostNames; entry.increment(error)) {
    if (error) break;
    if (entry.depth() + 1 >= kLevels) entry.disable_recursion_pending();
    std::error_code ignored;
    if (entry->is_symlink(ignored) || !entry->is_regular_file(ignored)) continue;
    const auto size = entry->file_size(ignored);
    if (!ignored && size > best_size) best = entry->path(), best_size = size;
  }
  return best;
}

// Runs of blocks spread over the file, so that a cached beginning does not tell for the rest.
double read_speed(const io::File& file, std::uint64_t size, std::chrono::duration<double> time) {
  file.drop_cache();
  std::vector<std::byte> block(std::min(kBlock, std::max<std::uint64_t>(size, 1)));
  std::uint64_t bytes = 0;
  const auto start = Clock::now();
  const std::uint64_t blocks = std::max<std::uint64_t>(1, size / kBlock),
                      runs = (blocks + kBlocksInARow - 1) / kBlocksInARow;
  for (std::uint64_t run = 0; run < runs; ++run) {
    const std::uint64_t at =
        run * 7 % runs;  // 7: not neighbours; a place met twice is rare and harmless
    for (std::uint64_t n = 0; n < kBlocksInARow; ++n) {
      bytes += file.read_some(block, (at * kBlocksInARow + n) * kBlock);
      if (Clock::now() - start >= time)
        return double(bytes) / std::chrono::duration<double>(Clock::now() - start).count();
    }
  }
  return double(bytes) /
         std::max(1e-6, std::chrono::duration<double>(Clock::now() - start).count());
}

Drive measure(Drive drive, fs::path source, std::chrono::duration<double> time) {
  try {
    if (source.empty()) source = large_file_in(drive.folder);
    if (source.empty()) {
      drive.problem =
          fmt::format("no file of {} MB or more was found to read", kLargeFile / 1'000'000);
      return drive;
    }
    const io::File file = io::File::open_read(source);
    drive.read_file = source.string();
    drive.file_bytes = file.size();
    drive.bytes_per_second = read_speed(file, drive.file_bytes, time);
  } catch (const Error& error) {
    drive.problem = error.what();
  }
  return drive;
}

}  // namespace

Finding<Drive> look_at_drive(const fs::path& source, std::chrono::duration<double> time) {
  Drive drive;
  if (source.empty()) {
    const auto mount = mounted_drive();
    if (!mount) return Missing{"no drive is mounted"};
    drive.folder = mount->folder.string();
    drive.type = mount->type;
  } else {
    const auto mounts = read_mounts();
    const Mount* const mount = mount_of(mounts, fs::absolute(source).lexically_normal());
    drive.folder = mount == nullptr ? "" : mount->folder.string();
    drive.type = mount == nullptr ? "" : mount->type;
  }
  // A thread that may be left behind: a call into a drive that hangs can't be cancelled.
  std::packaged_task<Drive()> task([drive, source, time] { return measure(drive, source, time); });
  auto result = task.get_future();
  std::thread(std::move(task)).detach();
  const auto deadline = Clock::now() + kPatience;
  while (result.wait_for(kLook) != std::future_status::ready) {
    throw_if_stopped("nothing was changed");
    if (Clock::now() < deadline) continue;
    drive.problem = fmt::format("it gave no answer in {} s", kPatience.count());
    return drive;
  }
  drive = result.get();
  if (!source.empty() && drive.bytes_per_second == 0 && !drive.problem.empty())
    return Missing{drive.problem};
  return drive;
}

}  // namespace rod::doctor
