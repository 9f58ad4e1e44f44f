// Mixed precision: which operations compute in 16 bits, and how long weights cast to 16 bits are
// kept.
#pragma once

#include <torch/torch.h>

namespace rod::trainer {

// What a region computed, out of 16 bits: float16 and bfloat16 become float32, the rest stays.
inline torch::Tensor full_precision(const torch::Tensor& x) {
  return x.element_size() < 4 ? x.to(torch::kFloat) : x;
}

// While it lives, weights that were cast are kept for the next region that needs them. One around
// each step: REQUIRES that weights don't change meanwhile. This thread alone.
class AutocastCache {
 public:
  AutocastCache();
  ~AutocastCache();
  AutocastCache(const AutocastCache&) = delete;
  AutocastCache& operator=(const AutocastCache&) = delete;
};

// While it lives, this thread computes matrix products and convolutions of `device` in `compute`;
// with kFloat it changes nothing.
class AutocastRegion {
 public:
  AutocastRegion(at::DeviceType device, at::ScalarType compute);
  ~AutocastRegion();
  AutocastRegion(const AutocastRegion&) = delete;
  AutocastRegion& operator=(const AutocastRegion&) = delete;

 private:
  AutocastCache cache_;
  const at::DeviceType device_;
  const bool was_enabled_;
};

}  // namespace rod::trainer
