// The processes that train one network together, as torchrun starts them.
//
// Every process calls the same functions in the same order; each returns when all have called it. When one process
// ends, the calls of the others fail.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "stream/order.h"

namespace rod {

// One thread at a time. Errors of every function: kFailed when another process has ended or can't be reached.
class ProcessGroup {
 public:
  // WORLD_SIZE: how many processes there will be; 1 where it is absent. Errors: kUsage.
  static std::uint32_t expected();

  // As RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT say; alone where WORLD_SIZE is absent or 1. Waits for all.
  // Errors: kUsage for variables that make no sense; kFailed where this build can't talk to others.
  static std::shared_ptr<ProcessGroup> join();

  virtual ~ProcessGroup() = default;

  std::uint32_t rank() const { return rank_; }
  std::uint32_t size() const { return size_; }
  bool first() const { return rank_ == 0; }  // the one that writes files
  bool alone() const { return size_ == 1; }
  Slice slice() const { return {rank_, size_}; }  // of every batch

  // Replaces `tensor` by the sum over all processes. REQUIRES: contiguous, equal in shape and dtype everywhere.
  void all_reduce(torch::Tensor tensor) { all_reduce_async(std::move(tensor))(); }

  // Begins the same; the result is there after the call of what it returns.
  virtual std::function<void()> all_reduce_async(torch::Tensor tensor) = 0;

  // Replaces `tensor` by the first process's.
  virtual void broadcast(torch::Tensor tensor) = 0;

  // Waits until all have called it. From then on each process may end by itself; no calls follow.
  void shutdown();

  // [B,…], equal in shape and dtype everywhere -> [B x processes,…], in the order of ranks.
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

}  // namespace rod
