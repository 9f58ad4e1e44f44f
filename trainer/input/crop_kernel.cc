#include "trainer/input/crop_kernel.h"

#ifdef ROD_CROP_KERNEL
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "trainer/input/crop_launch.h"
#endif

namespace rod::trainer {

std::optional<torch::Tensor> crop_and_normalise(const torch::Tensor& images,
                                                const torch::Tensor& strides, std::int64_t size,
                                                const std::array<float, 3>& scale,
                                                const std::array<float, 3>& offset) {
#ifdef ROD_CROP_KERNEL
  if (images.is_cuda()) {
    const c10::cuda::CUDAGuard guard(images.device());
    const torch::Tensor out =
        torch::empty({strides.size(0), size, size, 3}, images.options().dtype(torch::kFloat));
    launch_crop(images.data_ptr<std::uint8_t>(), strides.data_ptr<std::int64_t>(),
                out.data_ptr<float>(), strides.size(0), size, scale.data(), offset.data(),
                c10::cuda::getCurrentCUDAStream().stream());
    C10_CUDA_KERNEL_LAUNCH_CHECK();
    return out;
  }
#else
  static_cast<void>(images);
  static_cast<void>(strides);
  static_cast<void>(size);
  static_cast<void>(scale);
  static_cast<void>(offset);
#endif
  return std::nullopt;
}

}  // namespace rod::trainer
