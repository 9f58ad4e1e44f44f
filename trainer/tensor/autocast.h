// Mixed precision: selects operations that compute in 16 bits, and caches weights that were cast to
// 16 bits.
#pragma once

#include <torch/torch.h>

namespace rod::trainer {

// Converts the result of an autocast region: float16 and bfloat16 become float32, other types are
// unchanged.
inline torch::Tensor full_precision(const torch::Tensor& x) {
  return x.element_size() < 4 ? x.to(torch::kFloat) : x;
}

// During its lifetime, cast weights are cached for later regions on this thread. Use one around
// each step. Requires: weights do not change during its lifetime.
class AutocastCache {
 public:
  AutocastCache();
  ~AutocastCache();
  AutocastCache(const AutocastCache&) = delete;
  AutocastCache& operator=(const AutocastCache&) = delete;
};

// During its lifetime, this thread computes matrix products and convolutions on `device` in
// `compute`. kFloat has no effect.
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
