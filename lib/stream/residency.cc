#include "stream/residency.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/units.h"
#include "shard/codec.h"

namespace rod::stream {
namespace {

constexpr std::array kResidencies = {Residency::kAuto, Residency::kStream, Residency::kRam,
                                     Residency::kDevice};

std::string size(std::uint64_t bytes) {
  return format_size(static_cast<double>(bytes));
}

Error no_room(const char* where, const ResidencyFacts& facts, std::uint64_t free,
              std::uint64_t reserve) {
  return Error(
      ErrorKind::kNoRoom,
      fmt::format("--residency {}: the decoded pairs take {}, but {} are free, of which {} stay "
                  "free for the rest; use --residency stream, or a smaller --size in rodprep cache",
                  where, size(facts.decoded), size(free), size(reserve)));
}

// The machine, without what a step takes beyond the capacity model's reserve for one.
Machine beside_a_step(const ResidencyFacts& facts) {
  Machine machine = facts.machine;
  const std::uint64_t more = std::max(facts.gpu_step, kTrainerGpuMemory) - kTrainerGpuMemory;
  machine.gpu_memory -= std::min(machine.gpu_memory, more);
  return machine;
}

ResidencyPlan choose(const ResidencyFacts& facts) {
  if (facts.decoded > 0 && fits({.gpu_samples = facts.decoded}, beside_a_step(facts))) {
    return {Residency::kDevice,
            fmt::format("device: the decoded pairs ({}) take less than half of the {} that are "
                        "free on the GPU{}",
                        size(facts.decoded), size(facts.machine.gpu_memory),
                        facts.gpu_step > 0 ? fmt::format(" and are not needed by a step ({})",
                                                         size(facts.gpu_step))
                                           : "")};
  }
  if (facts.codec->stored_as_is()) {
    return {Residency::kStream, fmt::format("stream: the shards ({}) are not compressed, and the "
                                            "page cache keeps them equally well",
                                            size(facts.stored))};
  }
  if (facts.decoded > 0 && fits({.samples = facts.decoded}, facts.machine)) {
    return {Residency::kRam,
            fmt::format("ram: the decoded pairs ({}) take less than half of the {} that are free",
                        size(facts.decoded), size(facts.machine.memory))};
  }
  return {Residency::kStream,
          fmt::format(
              "stream: the decoded pairs ({}) would take more than half of the {} that are free",
              size(facts.decoded), size(facts.machine.memory))};
}

}  // namespace

const char* residency_name(Residency residency) {
  constexpr const char* kNames[] = {"auto", "stream", "ram", "device"};
  return kNames[static_cast<std::size_t>(residency)];
}

Residency residency_from_name(std::string_view name) {
  for (const Residency residency : kResidencies) {
    if (name == residency_name(residency)) return residency;
  }
  throw Error(
      ErrorKind::kUsage,
      fmt::format("residency '{}' is not known; expected auto, stream, ram or device", name));
}

ResidencyPlan plan_residency(Residency wanted, const ResidencyFacts& facts) {
  switch (wanted) {
    case Residency::kAuto:
      return choose(facts);
    case Residency::kStream:
      return {wanted, "stream: as requested"};
    case Residency::kRam:
      if (!fits({.samples = facts.decoded}, facts.machine, Kept::kAsAsked)) {
        throw no_room("ram", facts, facts.machine.memory, kTrainerMemory);
      }
      return {wanted, fmt::format("ram: as requested, {} of the {} that are free",
                                  size(facts.decoded), size(facts.machine.memory))};
    case Residency::kDevice:
      if (!fits({.gpu_samples = facts.decoded}, facts.machine, Kept::kAsAsked)) {
        throw no_room("device", facts, facts.machine.gpu_memory, 0);
      }
      return {wanted, fmt::format("device: as requested, {}", size(facts.decoded))};
  }
  throw Error(ErrorKind::kFailed, "a residency without a plan");
}

}  // namespace rod::stream
