// Peers that are processes, of one machine or several: tensors in memory travel by Gloo, tensors on GPUs by NCCL, or by Gloo
// where this build has no NCCL.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "trainer/peers/peers.h"

namespace rod {

// Where processes meet.
struct Meeting {
  std::uint32_t rank = 0, count = 1;
  std::string host;  // the first process's
  std::uint16_t port = 0;
  std::string
      attempt;  // torchrun counts those to keep a job alive: one's keys must not be taken for another's
  std::string interface;  // of the network; empty: what this host's name stands for
};

// Waits for all. From then on a process that waits for something else while another one ends, for a GPU or a drive, says so
// within seconds and ends. Errors: kFailed, also where this build can't talk to others.
std::shared_ptr<Peers> join_processes(const Meeting& meeting);

}  // namespace rod
