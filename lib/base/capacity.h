// The capacity model of extract, cache, rodtrain and doctor, which therefore agree about the same
// machine.
//
//     const Machine machine = machine_at("/content");
//     if (!fits({.disk = bytes}, machine)) throw …;
//
// Note [What stays free]
// kKeepFreeDisk of a disk stays free, because programs misbehave on a full disk and estimates are
// inexact. Samples in memory, decoded or in the page cache, leave kTrainerMemory for the trainer,
// and on a GPU kTrainerGpuMemory. If the user did not request it, samples use at most half of the
// rest, because the machine may be shared; on request they use all of it. For a program's own
// memory no reserve is added.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

namespace rod {

inline constexpr std::uint64_t kKeepFreeDisk = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kTrainerMemory = std::uint64_t{2} << 30;
inline constexpr std::uint64_t kTrainerGpuMemory = std::uint64_t{12} << 30;

// The free resources of a machine, in bytes unless stated otherwise.
struct Machine {
  std::uint64_t memory = 0;          // available_memory(): limits of control groups count
  std::uint64_t disk = 0;            // free_space() of the folder in question
  std::uint64_t gpu_memory = 0;      // free on the device; 0: there is none, or it does not tell
  std::uint64_t files = UINT64_MAX;  // new files that the disk takes; no limit if it has none
  std::uint64_t keep_free = kKeepFreeDisk;  // of the disk; `--keep-free` sets it
};

// Returns the machine of this process, with the disk of `folder`, which need not exist. The GPU is
// not included. Throws SystemError if the file system can't be queried.
Machine machine_at(const std::filesystem::path& folder);

// How a command queries its machine: machine_at(), or a substitute in tests.
using LookAtMachine = std::function<Machine(const std::filesystem::path& folder)>;

// The resources that something needs, in bytes unless stated otherwise.
struct Footprint {
  std::uint64_t memory = 0;       // of a program, all in all
  std::uint64_t samples = 0;      // of samples that stay in memory beside a trainer
  std::uint64_t gpu_samples = 0;  // of samples that stay on the GPU beside a network
  std::uint64_t disk = 0;         // new bytes
  std::uint64_t files = 0;        // new files and folders
};

// Whether the user requested that samples are kept, or the program decides.
enum class Kept { kAsAsked, kByChoice };

// Returns the bytes that may be used, see Note [What stays free].
std::uint64_t disk_room(const Machine& machine);
std::uint64_t sample_room(const Machine& machine, Kept kept);
// With kAsAsked this is all that is free, because the batch size is chosen to fit the rest. An
// unknown size (0) counts as sufficient; the device reports an error if it is not.
std::uint64_t gpu_sample_room(const Machine& machine, Kept kept);

// Whether everything fits. A need of 0 always fits.
bool fits(const Footprint& footprint, const Machine& machine, Kept kept = Kept::kByChoice);

// Converts an estimate to bytes, rounded up: 0 if negative, UINT64_MAX if too large or not a
// number.
std::uint64_t whole_bytes(double estimate);

}  // namespace rod
