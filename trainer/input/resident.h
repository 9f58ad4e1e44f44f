// A split whose decoded pairs are kept on the device.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <span>

#include "trainer/input/splits.h"
#include "trainer/input/transfer.h"

namespace rod::trainer {

class ResidentSplit {
 public:
  // Reads the whole split with `threads` threads and converts 16-bit depth. Throws what the loader
  // throws; c10::OutOfMemoryError if the device's memory is too small.
  ResidentSplit(const Split& split, const torch::Device& device, unsigned threads,
                DepthInput depth_input = DepthInput::kStored);

  // Returns the samples with these numbers, in this order, and labels only `with_labels`. Does not
  // wait for the device.
  Images at(std::span<const std::uint64_t> samples, bool with_labels = true) const;

 private:
  torch::Tensor rgb_, depth_;  // [N,H,W,3] u8, on the device; undefined where there are none
  torch::Tensor label_;        // [N] i64, on the device
};

}  // namespace rod::trainer
