// `rodprep doctor`: inspects each part of the machine in turn.
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

// A missing part is no error. Takes 5 to 15 seconds, mostly for python3's import of torch. Throws
// what throw_if_stopped() throws, also while waiting for another program or a drive.
MachineState look_at_machine(const DoctorOptions& options);

// Formats the result for a terminal, in at most 100 columns. Ends with a newline.
std::string describe(const MachineState& machine, const Workload& work, const Advice& advice);

}  // namespace rod::doctor
