// ProcessGroup that are processes, of one machine or several: tensors in memory travel by Gloo, tensors on GPUs by NCCL, or by Gloo
// where this build has no NCCL.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "trainer/process_group/process_group.h"

namespace rod {

struct Rendezvous {
  std::uint32_t rank = 0, size = 1;
  std::string host;  // the first process's
  std::uint16_t port = 0;
  // torchrun counts its attempts to keep a job alive; the keys of two attempts must differ.
  std::string attempt;
  std::string interface;  // of the network; empty: the one of this host's name
};

// Waits for all. From then on a process that waits for something else while another one ends, for a GPU or a drive, says so
// within seconds and ends. Errors: kFailed, also where this build can't talk to others.
std::shared_ptr<ProcessGroup> connect_processes(const Rendezvous& rendezvous);

}  // namespace rod
