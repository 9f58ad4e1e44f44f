#include "trainer/input/crop_launch.h"

namespace rod::trainer {
namespace {

constexpr unsigned kThreads = 256;

struct Affine {
  float scale[3], offset[3];
};

// A thread makes the three channels of one output pixel.
__global__ void crop(const std::uint8_t* __restrict__ images,
                     const std::int64_t* __restrict__ strides, float* __restrict__ out,
                     unsigned size, unsigned pixels, Affine affine) {
  const unsigned pixel = blockIdx.x * kThreads + threadIdx.x;
  if (pixel >= pixels) return;
  const unsigned row = pixel / size, column = pixel - row * size;
  const unsigned sample = row / size, line = row - sample * size;
  const std::int64_t* const stride = strides + 3 * sample;
  const std::uint8_t* const from = images + 3 * (stride[0] + line * stride[1] + column * stride[2]);
  float* const to = out + 3 * std::int64_t{pixel};
#pragma unroll
  for (int c = 0; c < 3; ++c) {
    // Not fused: the same bits as a product and a difference, one after the other.
    to[c] = __fsub_rn(__fmul_rn(static_cast<float>(from[c]), affine.scale[c]), affine.offset[c]);
  }
}

}  // namespace

void launch_crop(const std::uint8_t* images, const std::int64_t* strides, float* out,
                 std::int64_t batch, std::int64_t size, const float* scale, const float* offset,
                 cudaStream_t stream) {
  Affine affine;
  for (int c = 0; c < 3; ++c) {
    affine.scale[c] = scale[c];
    affine.offset[c] = offset[c];
  }
  const auto pixels = static_cast<unsigned>(batch * size * size);
  if (pixels == 0) return;
  crop<<<(pixels + kThreads - 1) / kThreads, kThreads, 0, stream>>>(
      images, strides, out, static_cast<unsigned>(size), pixels, affine);
}

}  // namespace rod::trainer
