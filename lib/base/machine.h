// What this process may use of the machine it runs on.
#pragma once

#include <cstdint>
#include <filesystem>

namespace rod {

// Cores: the scheduler's affinity mask, further bounded by a cgroup CPU quota. At least 1.
unsigned available_cores();

// Cores by the cgroup CPU quotas above this process; infinity where there is none.
double core_quota();

// Bytes of memory that the machine has, and the smallest cgroup limit above this process (0: none).
std::uint64_t total_memory();
std::uint64_t memory_limit();

// Bytes of memory that could still be taken without the process being killed: MemAvailable, bounded
// by what is left under every cgroup limit above this process.
std::uint64_t available_memory();

// Bytes that an unprivileged process may still write where `path` is or will be.
std::uint64_t free_space(const std::filesystem::path& path);

// Files and folders that an unprivileged process may still make there; UINT64_MAX where the file
// system has no limit.
std::uint64_t free_files(const std::filesystem::path& path);

// True where files lie on a network or FUSE file system, such as a mounted cloud drive. `path`, or
// the nearest folder above it that exists, is asked.
bool is_on_drive(const std::filesystem::path& path);

// What `--jobs` means: 0 stands for available_cores().
inline unsigned thread_count(unsigned jobs) {
  return jobs == 0 ? available_cores() : jobs;
}

}  // namespace rod
