// The processes that train one network together, as torchrun starts them.
//
// Collective calls: every process makes the same calls in the same order, and each call returns
// when all processes have made it. When one process ends, the calls of the others fail.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "stream/order.h"

namespace rod::trainer {

// Every collective call throws Error(kFailed) when another process has ended or can't be reached.
// Thread safety: one thread at a time.
class ProcessGroup {
 public:
  // How many processes there will be: WORLD_SIZE, or 1 where it is not set. Throws Error(kUsage).
  static std::uint32_t expected();

  // The group that RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT describe, when all of its
  // processes have joined; a group of one where WORLD_SIZE is not set or 1. Throws Error(kUsage)
  // for variables that make no sense, and Error(kFailed) where this build has no Gloo.
  static std::shared_ptr<ProcessGroup> join();

  virtual ~ProcessGroup() = default;

  std::uint32_t rank() const { return rank_; }
  std::uint32_t size() const { return size_; }
  bool first() const { return rank_ == 0; }  // the one that writes files
  bool alone() const { return size_ == 1; }
  stream::Slice slice() const { return {rank_, size_}; }  // of every batch

  // Replaces `tensor` by the sum over all processes. Requires: it is contiguous, and of one shape
  // and dtype everywhere.
  void all_reduce(torch::Tensor tensor) { all_reduce_async(std::move(tensor))(); }

  // Starts the same. `tensor` is the sum once the returned function was called.
  virtual std::function<void()> all_reduce_async(torch::Tensor tensor) = 0;

  // Replaces `tensor` by the first process's. Requires: as all_reduce().
  virtual void broadcast(torch::Tensor tensor) = 0;

  // Waits until all have called it. From then on each process may end by itself; no calls follow.
  void shutdown();

  // [B,…], of one shape and dtype everywhere -> [B x size(),…], in the order of ranks.
  torch::Tensor all_gather(const torch::Tensor& own);

  // The largest of all processes' numbers.
  std::int64_t all_reduce_max(std::int64_t number);

 protected:
  ProcessGroup(std::uint32_t rank, std::uint32_t size) : rank_(rank), size_(size) {}

  // From now on other processes may end.
  virtual void stop_watching() {}

 private:
  const std::uint32_t rank_, size_;
};

}  // namespace rod::trainer
