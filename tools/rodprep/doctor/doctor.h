// `rodprep doctor`: inspects each part of the machine in turn, and derives advice for a data set
// and a training run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "doctor/machine_state.h"

namespace rod::doctor {

// Defaults: ROD-synROD.
struct Workload {
  std::uint64_t pairs = 77'305;        // in all splits
  std::uint64_t epoch_pairs = 37'528;  // source train
  std::uint64_t target_pairs = 32'476;
  std::uint64_t archive_bytes = 0;  // 0: two PNGs of kSmallFile bytes per pair
  std::uint32_t size = 256;         // pixels per side in the shards
  std::uint32_t batch_size = 64;
};

// A recommendation and the figures behind it.
struct Choice {
  std::string value;
  std::string why;
};

struct Advice {
  Choice codec;      // of `rodprep cache --codec auto`: "raw", "zstd"; "none" if neither fits
  Choice residency;  // of `rodtrain --residency auto`: "device", "ram" or "stream"
  std::uint64_t largest_batch = 0;  // a multiple of 8; 0: not even 8 fit
  std::string batch_why;
  std::optional<double> extract_seconds;  // absent: a figure for it is missing
  std::optional<double> cache_seconds;
  std::optional<double> epoch_seconds;
  std::vector<std::string> assumptions;  // behind the times
  std::vector<std::string> warnings;     // what will go wrong, and what to do
};

Advice advise(const MachineState& machine, const Workload& work);

// Returns the 32-bit floating-point operations per second from NVIDIA's data sheets; 0 for an
// unknown name.
double peak_flops(const std::string& gpu_name);

struct DoctorOptions {
  std::filesystem::path archive;  // the drive's file to measure; empty: searches for a large file
  std::filesystem::path disk = ".";  // where the shards will be
  std::uint32_t size = 256;          // of the pair that is measured
  unsigned jobs = 0;                 // 0: every core that may be used
  bool quiet = false;                // no line on what is looked at
};

// A missing part is not an error. Takes 5 to 15 seconds, mostly for python3's import of torch.
// Throws what throw_if_stopped() throws, also while waiting for another program or a drive.
MachineState look_at_machine(const DoctorOptions& options);

// Formats the result for a terminal, in at most 100 columns. Ends with a newline.
std::string describe(const MachineState& machine, const Workload& work, const Advice& advice);

}  // namespace rod::doctor
