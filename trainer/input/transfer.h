// Copies batches from the loader's memory to tensors on the device.
#pragma once

#include <c10/core/Event.h>
#include <torch/torch.h>

#include <array>
#include <memory>
#include <optional>

#include "stream/loader.h"
#include "trainer/input/depth_input.h"

namespace rod::trainer {

struct Images {
  torch::Tensor rgb, depth;  // [B,H,W,3] u8, on the device; undefined where there are none
  torch::Tensor label;       // [B] i64, on the device; undefined if not asked for
};

// Copies overlap with computation. Not thread-safe.
class Transfer {
 public:
  // `depth_input`: for 16-bit depth.
  explicit Transfer(const torch::Device& device, DepthInput depth_input = DepthInput::kStored);

  // Page-locked memory for a GPU, from which copies are asynchronous; absent on the CPU.
  std::optional<stream::BatchMemory> batch_memory() const;

  // On the CPU, `rgb` and stored colours of `depth` refer to the batch's memory: use them before
  // the batch is released. 16-bit depth is converted, which waits for the device; with kStored it
  // is omitted. `with_labels`: whether the result has labels.
  Images copy(const stream::Batch& batch, const shard::PixelFormat& pixels,
              bool with_labels = true);

  // Call before the copies of each step. They start when the device has completed all but the last
  // two steps. Together with wait() this limits how far the host runs ahead, so that batches do not
  // fill the device's memory.
  void begin_step();

  // Returns when every copied batch may be released to its loader.
  void wait() const;

 private:
  torch::Device device_;
  DepthInput depth_input_;
  std::optional<c10::Stream> copies_;  // a separate stream of a GPU
  std::array<std::unique_ptr<c10::Event>, 2> queued_;
  std::size_t oldest_ = 0;  // of queued_
};

}  // namespace rod::trainer
