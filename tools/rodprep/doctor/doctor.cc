#include "doctor/doctor.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>

#include "base/machine.h"
#include "base/status_line.h"
#include "base/stop.h"
#include "base/units.h"

namespace rod::doctor {
namespace {

constexpr std::chrono::seconds kReadDriveFor{3};
constexpr const char* kStopped = "nothing was changed";

Processor look_at_processor(unsigned jobs) {
  Processor processor;
  std::ifstream stream("/proc/cpuinfo");
  for (std::string line; processor.model.empty() && std::getline(stream, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != line.npos)
      processor.model = line.substr(colon + 2);
  }
  processor.online = static_cast<unsigned>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  cpu_set_t set;
  processor.allowed = ::sched_getaffinity(0, sizeof set, &set) == 0
                          ? static_cast<unsigned>(CPU_COUNT(&set))
                          : processor.online;
  const double quota = core_quota();
  processor.quota = std::isfinite(quota) ? quota : 0;
  processor.available = available_cores();
  processor.usable = std::min(thread_count(jobs), processor.available);
  return processor;
}

std::filesystem::path own_folder() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
}

Memory look_at_memory() {
  return {total_memory(), memory_limit(), available_memory()};
}

}  // namespace

MachineState look_at_machine(const DoctorOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  StatusLine line(options.quiet);
  const auto now_looking_at = [&](const char* part) {
    throw_if_stopped(kStopped);
    line.begin(std::string("looking at ") + part);
  };
  MachineState machine;
  machine.session = look_at_session();
  machine.processor = look_at_processor(options.jobs);
  machine.memory = look_at_memory();
  now_looking_at("the GPU (nvidia-smi)");
  machine.gpus = look_for_gpus();
  now_looking_at("torch (python3 imports it)");
  machine.torch = look_for_torch();
  machine.rodtrain_torch = torch_of_rodtrain(own_folder() / "rodtrain");
  now_looking_at("the disk");
  machine.disk = look_at_disk(options.disk);
  now_looking_at("the drive");
  machine.drive = look_at_drive(options.archive, kReadDriveFor);
  now_looking_at("the speed of decoding");
  machine.rates = measure_rates(options.size);
  throw_if_stopped(kStopped);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  line.finish("looked at the machine in " + format_duration(elapsed));
  return machine;
}

}  // namespace rod::doctor
