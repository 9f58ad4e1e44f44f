#include "trainer/tensor/cuda_graph.h"

#include <torch/version.h>

// ROD_CUDA: LibTorch has CUDA, and its headers can be compiled here.
#if defined(ROD_CUDA) && (TORCH_VERSION_MAJOR > 2 || TORCH_VERSION_MINOR >= 1)
#define ROD_CUDA_GRAPHS
#endif
#ifdef ROD_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#endif
#ifdef ROD_CUDA_GRAPHS
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace rod::trainer {

#ifdef ROD_CUDA_GRAPHS

struct CudaGraph::Impl {
  torch::Device device;
  at::cuda::CUDAGraph graph;
};

std::string no_cuda_graphs_reason(const torch::Device& device) {
  return device.is_cuda() ? "" : "the device is a CPU";
}

CudaGraph::CudaGraph(const torch::Device& device) : impl_(new Impl{device, {}}) {}

void CudaGraph::record(const std::function<void()>& work) {
  torch::cuda::synchronize(impl_->device.index());
  // A graph has memory of its own; what eager steps leave in the cache would be there twice.
  release_cached_memory(impl_->device);
  // The default stream can't record.
  const c10::cuda::CUDAStreamGuard guard(
      c10::cuda::getStreamFromPool(/*isHighPriority=*/false, impl_->device.index()));
  // Other threads may go on to allocate page-locked memory meanwhile.
  impl_->graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
  try {
    work();
  } catch (...) {
    try {
      impl_->graph.capture_end();
    } catch (const c10::Error&) {
      // The first error says why.
    }
    throw;
  }
  impl_->graph.capture_end();
}

void CudaGraph::replay() {
  impl_->graph.replay();
}

#else

struct CudaGraph::Impl {};

std::string no_cuda_graphs_reason(const torch::Device& device) {
  if (device.is_cpu()) return "the device is a CPU";
#ifdef ROD_CUDA
  return "LibTorch has them from version 2.1 on";
#else
  return "rodtrain was built against a LibTorch without CUDA";
#endif
}

CudaGraph::CudaGraph(const torch::Device&) {}

void CudaGraph::record(const std::function<void()>&) {
  TORCH_CHECK(false, "this build has no CUDA graphs");
}

void CudaGraph::replay() {
  TORCH_CHECK(false, "this build has no CUDA graphs");
}

#endif

CudaGraph::~CudaGraph() = default;

void release_cached_memory(const torch::Device& device) {
#ifdef ROD_CUDA
  if (device.is_cuda()) c10::cuda::CUDACachingAllocator::emptyCache();
#else
  static_cast<void>(device);
#endif
}

}  // namespace rod::trainer
