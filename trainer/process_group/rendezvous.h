// Connects the processes of a group, on one machine or several: through Gloo for tensors in memory,
// and through NCCL (or Gloo, in a build without NCCL) for tensors on GPUs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "trainer/process_group/process_group.h"

namespace rod::trainer {

struct Rendezvous {
  std::uint32_t rank = 0, size = 1;
  std::string host;  // the first process's
  std::uint16_t port = 0;
  // torchrun numbers its restarts of a job; two attempts must use different keys.
  std::string attempt;
  std::string interface;  // network interface; empty: that of this host's name
};

// Waits for all processes. Afterwards, if a process exits while another waits for something else (a
// GPU, a drive), the other reports it and exits within seconds. Throws Error(kFailed), also in a
// build without Gloo.
std::shared_ptr<ProcessGroup> connect_processes(const Rendezvous& rendezvous);

}  // namespace rod::trainer
