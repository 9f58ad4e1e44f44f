// What fits where: the one model that extract, cache, rodtrain and doctor plan with, so that all of
// them say the same about the same machine.
//
//     const Machine machine = machine_at("/content");
//     if (!fits({.disk = bytes}, machine)) throw …;
//
// Note [What stays free]
// A disk keeps kKeepFreeDisk: programs that find a disk full behave badly, and estimates are off.
// Samples that are kept in memory, decoded or in the page cache, leave kTrainerMemory to the
// trainer; on a GPU kTrainerGpuMemory. Whoever keeps samples without being asked takes at most half
// of the rest, as the machine may be shared; whoever was asked to takes all of it. A program's own
// memory is its whole need, and nothing more stays free beside it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

namespace rod {

inline constexpr std::uint64_t kKeepFreeDisk = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kTrainerMemory = std::uint64_t{2} << 30;
inline constexpr std::uint64_t kTrainerGpuMemory = std::uint64_t{12} << 30;

// What a machine can still give. Bytes, unless it says otherwise.
struct Machine {
  std::uint64_t memory = 0;          // available_memory(): limits of control groups count
  std::uint64_t disk = 0;            // free_space() of the folder in question
  std::uint64_t gpu_memory = 0;      // free on the device; 0: there is none, or it does not tell
  std::uint64_t files = UINT64_MAX;  // new files that the disk takes; no limit if it has none
  std::uint64_t keep_free = kKeepFreeDisk;  // of the disk; `--keep-free` sets it
};

// The machine that this process runs on, with the disk where `folder` is or will be. Its GPU is
// left out. Throws throw_errno() when the file system does not answer.
Machine machine_at(const std::filesystem::path& folder);

// How a command looks at its machine: machine_at(), unless a test injects one.
using LookAtMachine = std::function<Machine(const std::filesystem::path& folder)>;

// What something needs. Bytes, unless it says otherwise.
struct Footprint {
  std::uint64_t memory = 0;       // of a program, all in all
  std::uint64_t samples = 0;      // of samples that stay in memory beside a trainer
  std::uint64_t gpu_samples = 0;  // of samples that stay on the GPU beside a network
  std::uint64_t disk = 0;         // new bytes
  std::uint64_t files = 0;        // new files and folders
};

// Whether somebody asked for the samples to be kept, or a program chooses so itself.
enum class Kept { kAsAsked, kByChoice };

// Bytes that may be used, of what is free: see Note [What stays free].
std::uint64_t disk_room(const Machine& machine);
std::uint64_t sample_room(const Machine& machine, Kept kept);
// With kAsAsked all that is free, as a batch is chosen to fit the rest; what is not known to be
// there (0) is taken for enough, and the device says so itself when it is not.
std::uint64_t gpu_sample_room(const Machine& machine, Kept kept);

// Whether all of it fits. Nothing needed of a resource fits always.
bool fits(const Footprint& footprint, const Machine& machine, Kept kept = Kept::kByChoice);

// An estimate as a number of bytes, rounded up: 0 for less than 0, UINT64_MAX for what is larger or
// no number.
std::uint64_t whole_bytes(double estimate);

}  // namespace rod
