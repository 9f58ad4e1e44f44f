#include "base/machine.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace rod {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

std::optional<std::string> first_word(const fs::path& path) {
  std::ifstream stream(path);
  std::string word;
  if (stream >> word) return word;
  return std::nullopt;
}

// The nearest folder above `path`, or itself, that exists.
fs::path existing_part(const fs::path& path) {
  fs::path existing = fs::absolute(path);
  std::error_code ignored;
  while (!fs::exists(existing, ignored) && existing.has_relative_path()) {
    existing = existing.parent_path();
  }
  return existing;
}

struct statvfs file_system_of(const fs::path& path) {
  const fs::path existing = existing_part(path);
  struct statvfs status {};
  if (::statvfs(existing.c_str(), &status) != 0) throw_errno(existing.string(), "read free space");
  return status;
}

std::uint64_t number_or_unlimited(const fs::path& path) {
  const auto word = first_word(path);
  if (!word || word->find_first_not_of("0123456789") != std::string::npos) return kUnlimited;
  try {
    return std::stoull(*word);
  } catch (const std::out_of_range&) {
    return kUnlimited;
  }
}

// The folders of this process's control group and all its ancestors, in `controller`'s hierarchy
// (version 1) or in the unified one (version 2). See cgroups(7).
std::vector<fs::path> cgroup_folders(const std::string& controller) {
  std::vector<fs::path> folders;
  std::ifstream stream("/proc/self/cgroup");
  for (std::string line; std::getline(stream, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    fs::path root;
    if (controllers.empty()) {
      root = "/sys/fs/cgroup";
    } else if (("," + controllers + ",").find("," + controller + ",") != std::string::npos) {
      root = fs::path("/sys/fs/cgroup") / controller;
    } else {
      continue;
    }
    for (fs::path group = fs::path(line.substr(second + 1)).relative_path();;
         group = group.parent_path()) {
      folders.push_back(root / group);
      if (group.empty()) break;
    }
  }
  return folders;
}

// A line of /proc/meminfo in bytes.
std::optional<std::uint64_t> meminfo(const std::string& wanted) {
  std::ifstream stream("/proc/meminfo");
  std::string name;
  std::uint64_t kibibytes = 0;
  for (std::string rest; stream >> name >> kibibytes && std::getline(stream, rest);) {
    if (name == wanted) return kibibytes * 1024;
  }
  return std::nullopt;
}

}  // namespace

double core_quota() {
  double cores = std::numeric_limits<double>::infinity();
  for (const fs::path& folder : cgroup_folders("cpu")) {
    double quota = -1, period = 0;
    std::ifstream unified(folder / "cpu.max");
    if (!(unified >> quota >> period)) {  // also when it says "max"
      std::ifstream(folder / "cpu.cfs_quota_us") >> quota;
      std::ifstream(folder / "cpu.cfs_period_us") >> period;
    }
    if (quota > 0 && period > 0) cores = std::min(cores, quota / period);
  }
  return cores;
}

unsigned available_cores() {
  cpu_set_t set;
  const unsigned allowed =
      ::sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<unsigned>(CPU_COUNT(&set)) : 1u;
  const double quota = std::ceil(core_quota());
  return std::max(1u, quota < allowed ? static_cast<unsigned>(quota) : allowed);
}

std::uint64_t total_memory() {
  return meminfo("MemTotal:").value_or(0);
}

std::uint64_t memory_limit() {
  std::uint64_t smallest = kUnlimited;
  for (const fs::path& folder : cgroup_folders("memory")) {
    for (const char* name : {"memory.max", "memory.limit_in_bytes"}) {
      smallest = std::min(smallest, number_or_unlimited(folder / name));
    }
  }
  return smallest < total_memory() ? smallest : 0;  // version 1 writes a huge number for none
}

std::uint64_t available_memory() {
  std::uint64_t bytes = meminfo("MemAvailable:").value_or(kUnlimited);
  for (const fs::path& folder : cgroup_folders("memory")) {
    const bool unified = fs::exists(folder / "memory.current");
    const auto limit =
        number_or_unlimited(folder / (unified ? "memory.max" : "memory.limit_in_bytes"));
    const auto used =
        number_or_unlimited(folder / (unified ? "memory.current" : "memory.usage_in_bytes"));
    if (limit != kUnlimited && used != kUnlimited) {
      bytes = std::min(bytes, limit > used ? limit - used : 0);
    }
  }
  return bytes;
}

std::uint64_t used_memory() {
  std::ifstream file("/proc/self/statm");  // in pages: all, resident, of files, …
  std::uint64_t all = 0, resident = 0, of_files = 0;
  file >> all >> resident >> of_files;
  const auto page = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 0L));
  return resident > of_files ? (resident - of_files) * page : 0;
}

std::uint64_t free_space(const fs::path& path) {
  const struct statvfs status = file_system_of(path);
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

std::uint64_t free_files(const fs::path& path) {
  const struct statvfs status = file_system_of(path);
  return status.f_files == 0 ? kUnlimited : status.f_favail;
}

bool is_on_drive(const fs::path& path) {
  // linux/magic.h and statfs(2): FUSE, NFS, SMB, SMB2, CIFS, 9P, Ceph, AFS.
  constexpr std::uint32_t kDrives[] = {0x65735546, 0x6969,     0x517B,     0xFE534D42,
                                       0xFF534D42, 0x01021997, 0x00C36400, 0x6B414653};
  const fs::path existing = existing_part(path);
  struct statfs status {};
  if (::statfs(existing.c_str(), &status) != 0)
    throw_errno(existing.string(), "read the file system's type");
  return std::find(std::begin(kDrives), std::end(kDrives),
                   static_cast<std::uint32_t>(status.f_type)) != std::end(kDrives);
}

std::filesystem::path scratch_folder(const std::filesystem::path& local_dir) {
  if (!local_dir.empty()) return local_dir;
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("rod-{}", ::geteuid());
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    throw_errno(folder.string(), "create the folder");
  // Anybody may write to the system's temporary folder and guess a name in it: it must be ours
  // alone.
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) throw_errno(folder.string(), "read the owner");
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid()) {
    throw Error(ErrorKind::kFailed,
                fmt::format("{}: belongs to another user; give another folder with --local-dir",
                            folder.string()));
  }
  return folder;
}

}  // namespace rod
