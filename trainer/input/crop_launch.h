// What crop_kernel.cc calls of crop_launch.cu, free of LibTorch's headers, which nvcc takes minutes
// for.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace rod::trainer {

// As crop_and_normalise(); all pointers but `scale` and `offset`, [3] each, are the device's.
// The caller looks for cudaGetLastError().
void launch_crop(const std::uint8_t* images, const std::int64_t* strides, float* out,
                 std::int64_t batch, std::int64_t size, const float* scale, const float* offset,
                 cudaStream_t stream);

}  // namespace rod::trainer
