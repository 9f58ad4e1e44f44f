// Where the processes of a group meet, and the group they form there: of one machine or several,
// connected by Gloo for tensors in memory, and by NCCL (or Gloo, in a build without) for GPUs.
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
  // torchrun counts its attempts to keep a job alive; the keys of two attempts must differ.
  std::string attempt;
  std::string interface;  // of the network; empty: the one of this host's name
};

// Waits for all processes. From then on a process that waits for something else (a GPU, a drive)
// when another one ends says so within seconds and ends as well. Throws Error(kFailed), also in a
// build without Gloo.
std::shared_ptr<ProcessGroup> connect_processes(const Rendezvous& rendezvous);

}  // namespace rod::trainer
