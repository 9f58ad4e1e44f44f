#include "base/capacity.h"

#include <cmath>
#include <limits>

#include "base/machine.h"

namespace rod {
namespace {

std::uint64_t less(std::uint64_t free, std::uint64_t reserve) {
  return free > reserve ? free - reserve : 0;
}

}  // namespace

Machine machine_at(const std::filesystem::path& folder) {
  Machine machine;
  machine.memory = available_memory();
  machine.disk = free_space(folder);
  machine.files = free_files(folder);
  return machine;
}

std::uint64_t disk_room(const Machine& machine) {
  return less(machine.disk, machine.keep_free);
}

std::uint64_t sample_room(const Machine& machine, Kept kept) {
  const std::uint64_t room = less(machine.memory, kTrainerMemory);
  return kept == Kept::kByChoice ? room / 2 : room;
}

std::uint64_t gpu_sample_room(const Machine& machine, Kept kept) {
  if (kept == Kept::kByChoice) return less(machine.gpu_memory, kTrainerGpuMemory) / 2;
  return machine.gpu_memory == 0 ? std::numeric_limits<std::uint64_t>::max() : machine.gpu_memory;
}

bool fits(const Footprint& footprint, const Machine& machine, Kept kept) {
  return footprint.memory <= machine.memory && footprint.samples <= sample_room(machine, kept) &&
         footprint.gpu_samples <= gpu_sample_room(machine, kept) &&
         footprint.disk <= disk_room(machine) && footprint.files <= machine.files;
}

std::uint64_t whole_bytes(double estimate) {
  if (!(estimate < 0x1p64)) return std::numeric_limits<std::uint64_t>::max();
  return estimate > 0 ? static_cast<std::uint64_t>(std::ceil(estimate)) : 0;
}

}  // namespace rod
