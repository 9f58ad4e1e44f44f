// The resources of the machine that this process may use, and its folder for temporary files.
#pragma once

#include <cstdint>
#include <filesystem>

namespace rod {

// Returns the number of cores in the scheduler's affinity mask, limited by cgroup CPU quotas. At
// least 1.
unsigned available_cores();

// Returns the number of cores that the process's cgroup CPU quotas allow; infinity if there are
// none.
double core_quota();

// Return the machine's memory in bytes, and the process's smallest cgroup limit (0: none).
std::uint64_t total_memory();
std::uint64_t memory_limit();

// Returns the bytes of memory that this process can still use without being killed: MemAvailable,
// limited by what is left under each of its cgroup limits.
std::uint64_t available_memory();

// Returns the bytes of memory that this process occupies, without those of files that it maps.
std::uint64_t used_memory();

// Returns the bytes that an unprivileged process may still write to the disk of `path`, which need
// not exist.
std::uint64_t free_space(const std::filesystem::path& path);

// Returns the number of files and folders that an unprivileged process may still create there;
// UINT64_MAX if the file system has no limit.
std::uint64_t free_files(const std::filesystem::path& path);

// Whether `path`, or its nearest existing parent, is on a network or FUSE file system, such as a
// mounted cloud drive.
bool is_on_drive(const std::filesystem::path& path);

// Returns the number of threads for `--jobs`, where 0 means available_cores().
inline unsigned thread_count(unsigned jobs) {
  return jobs == 0 ? available_cores() : jobs;
}

// Returns `local_dir` (the value of --local-dir), which need not exist. If it is empty, creates and
// returns this user's folder among the system's temporary files. Throws SystemError; Error(kFailed)
// if another user owns that folder.
std::filesystem::path scratch_folder(const std::filesystem::path& local_dir);

}  // namespace rod
