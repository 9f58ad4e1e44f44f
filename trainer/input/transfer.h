// Batches from the loader's memory to tensors on the device.
#pragma once

#include <c10/core/Event.h>
#include <torch/torch.h>

#include <array>
#include <memory>
#include <optional>

#include "stream/loader.h"

namespace rod::trainer {

struct Images {
  torch::Tensor rgb, depth;  // [B,H,W,3] u8, on the device
  torch::Tensor label;       // [B] i64, on the device
};

// Copies run beside the arithmetic. One thread.
class Transfer {
 public:
  explicit Transfer(const torch::Device& device);

  // Page-locked memory for a GPU, from which copies need not wait; absent on the CPU.
  std::optional<stream::BatchMemory> batch_memory() const;

  // On the CPU `rgb` and `depth` are the batch's own memory: use them before it is given back.
  Images copy(const stream::Batch& batch, const shard::PixelFormat& pixels);

  // Called before the copies of each step: they begin when the device is done with all but the last
  // two steps. wait() then keeps the host from running further ahead, whose batches would fill the
  // device's memory.
  void begin_step();

  // Returns when every batch that was copied may be given back to its loader.
  void wait() const;

 private:
  torch::Device device_;
  std::optional<c10::Stream> copies_;  // a GPU's queue of its own
  std::array<std::unique_ptr<c10::Event>, 2> queued_;
  std::size_t oldest_ = 0;  // of queued_
};

}  // namespace rod::trainer
