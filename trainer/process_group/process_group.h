// The group of processes, started by torchrun, that train one network together.
//
// Collective calls: every process makes the same calls in the same order, and each call returns
// when all processes have made it. If a process exits, the calls of the others fail.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "stream/order.h"

namespace rod::trainer {

// Every collective call throws Error(kFailed) if another process has exited or can't be reached.
// Thread safety: one thread at a time.
class ProcessGroup {
 public:
  // Returns the number of processes: WORLD_SIZE, or 1 if it is not set. Throws Error(kUsage).
  static std::uint32_t expected();

  // Waits until all processes have joined, and returns the group that RANK, WORLD_SIZE, MASTER_ADDR
  // and MASTER_PORT describe; a group of one if WORLD_SIZE is not set or 1. Throws Error(kUsage)
  // for invalid variables; Error(kFailed) if this build has no Gloo.
  static std::shared_ptr<ProcessGroup> join();

  virtual ~ProcessGroup() = default;

  std::uint32_t rank() const { return rank_; }
  std::uint32_t size() const { return size_; }
  bool first() const { return rank_ == 0; }  // the one that writes files
  bool alone() const { return size_ == 1; }
  stream::Slice slice() const { return {rank_, size_}; }  // of every batch

  // Replaces `tensor` by the sum over all processes. Requires: it is contiguous, and has the same
  // shape and dtype in every process.
  void all_reduce(torch::Tensor tensor) { all_reduce_async(std::move(tensor))(); }

  // Starts an all_reduce() without waiting. `tensor` contains the sum after the returned function
  // was called.
  virtual std::function<void()> all_reduce_async(torch::Tensor tensor) = 0;

  // Replaces `tensor` by the first process's. Requires: as all_reduce().
  virtual void broadcast(torch::Tensor tensor) = 0;

  // Waits until all processes have called it. Afterwards each process may exit on its own.
  // Requires: no calls follow.
  void shutdown();

  // Concatenates the tensors of all processes in the order of ranks: [B,…] -> [B x size(),…].
  // Requires: the same shape and dtype in every process.
  torch::Tensor all_gather(const torch::Tensor& own);

  // Returns the maximum over all processes.
  std::int64_t all_reduce_max(std::int64_t number);

 protected:
  ProcessGroup(std::uint32_t rank, std::uint32_t size) : rank_(rank), size_(size) {}

  // After this call other processes may exit.
  virtual void stop_watching() {}

 private:
  const std::uint32_t rank_, size_;
};

// How the processes of a group find each other, on one machine or several.
struct Rendezvous {
  std::uint32_t rank = 0, size = 1;
  std::string host;  // the first process's
  std::uint16_t port = 0;
  // torchrun numbers its restarts of a job; two attempts must use different keys.
  std::string attempt;
  std::string interface;  // network interface; empty: that of this host's name
};

// Connects the processes: through Gloo for tensors in memory, and through NCCL (or Gloo, in a build
// without NCCL) for tensors on GPUs. Waits for all of them. Afterwards, if a process exits while
// another waits for something else (a GPU, a drive), the other reports it and exits within seconds.
// Throws Error(kFailed), also in a build without Gloo.
std::shared_ptr<ProcessGroup> connect_processes(const Rendezvous& rendezvous);

}  // namespace rod::trainer
