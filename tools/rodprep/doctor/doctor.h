// `rodprep doctor`: looks at every part of the machine, one after the other.
#pragma once

#include <filesystem>
#include <string>

#include "doctor/advice.h"
#include "doctor/machine_state.h"

namespace rod::doctor {

struct DoctorOptions {
  std::filesystem::path archive;  // measured as the drive's file; empty: a large file is looked for
  std::filesystem::path disk = ".";  // where the shards will be
  std::uint32_t size = 256;          // of the pair that is measured
  unsigned jobs = 0;                 // 0: every core that may be used
  bool quiet = false;                // no line on what is looked at
};

// Never fails for a part that is absent. Takes 5 to 15 seconds, most of them python3's import of
// torch. Throws as throw_if_stopped(), also while it waits for another program or a drive.
MachineState look_at_machine(const DoctorOptions& options);

// For a terminal, at most 100 columns; ends with a newline.
std::string describe(const MachineState& machine, const Workload& work, const Advice& advice);

}  // namespace rod::doctor
