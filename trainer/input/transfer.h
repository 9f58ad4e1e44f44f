// Batches from the loader's memory to tensors on the device.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <optional>

#include "stream/loader.h"

namespace rod {

struct Images {
  torch::Tensor rgb, depth;  // [B,H,W,3] u8, on the device
  torch::Tensor label;       // [B] i64, on the device
};

// Copies run beside the arithmetic. One thread.
class Transfer {
 public:
  explicit Transfer(const torch::Device& device);

  // Page-locked memory for a GPU, from which copies need not wait; absent on the CPU.
  std::optional<BatchMemory> batch_memory() const;

  // On the CPU `rgb` and `depth` are the batch's own memory: use them before it is given back.
  Images copy(const Batch& batch, const PixelFormat& pixels);

  // Returns when every batch that was copied may be given back to its loader.
  void wait() const;

 private:
  torch::Device device_;
  std::optional<c10::Stream> copies_;  // a GPU's queue of its own
};

}  // namespace rod
