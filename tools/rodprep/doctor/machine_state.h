// All that the doctor looked at.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "doctor/disk.h"
#include "doctor/drive.h"
#include "doctor/finding.h"
#include "doctor/gpu.h"
#include "doctor/machine_rates.h"
#include "doctor/session.h"
#include "doctor/torch.h"

namespace rod::doctor {

struct Processor {
  std::string model;       // "" if unknown
  unsigned online = 0;     // logical cores of the machine
  unsigned allowed = 0;    // by this process's affinity mask
  double quota = 0;        // cores by the control group; 0: no limit
  unsigned available = 1;  // by all of these; LibTorch computes on so many
  unsigned usable = 1;     // of these, what --jobs takes
};

struct Memory {
  std::uint64_t total = 0;      // of the machine
  std::uint64_t limit = 0;      // of the control group; 0: none
  std::uint64_t available = 0;  // could still be taken without being killed
};

struct MachineState {
  Session session;
  Finding<std::vector<Gpu>> gpus;
  Finding<Torch> torch;
  std::string rodtrain_torch;  // what rodtrain was built for, as torch_of_rodtrain() tells
  Processor processor;
  Memory memory;
  Finding<Disk> disk;
  Finding<Drive> drive;
  MachineRates rates;
};

}  // namespace rod::doctor
