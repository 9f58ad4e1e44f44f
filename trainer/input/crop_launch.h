// The interface of crop_launch.cu to crop_kernel.cc. It includes no headers of LibTorch, which take
// nvcc minutes to compile.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace rod::trainer {

// See crop_and_normalise(). All pointers except `scale` and `offset`, [3] each, are device
// pointers. The caller checks cudaGetLastError().
void launch_crop(const std::uint8_t* images, const std::int64_t* strides, float* out,
                 std::int64_t batch, std::int64_t size, const float* scale, const float* offset,
                 cudaStream_t stream);

}  // namespace rod::trainer
