#include "trainer/tensor/cuda_graph.h"

#include <torch/version.h>

// ROD_CUDA: LibTorch has CUDA, and its headers can be compiled here.
#define ROD_TORCH_VERSION (TORCH_VERSION_MAJOR * 100 + TORCH_VERSION_MINOR)
#if defined(ROD_CUDA) && ROD_TORCH_VERSION >= 201
#define ROD_CUDA_GRAPHS
#endif
#ifdef ROD_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#endif
#ifdef ROD_CUDA_GRAPHS
#include <ATen/Context.h>
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

namespace {

// After an error LibTorch stays as it is while it records: its generator refuses eager steps, and
// memory that several streams used is not freed.
void leave_recording(at::cuda::CUDAGraph& graph, const at::cuda::MempoolId_t& pool,
                     at::Generator generator, const at::Generator& before) {
  try {
    graph.capture_end();
  } catch (const c10::Error&) {
    // The first error says why.
  }
#if ROD_TORCH_VERSION >= 204
  try {
    c10::cuda::CUDACachingAllocator::endAllocateToPool(before.device().index(), pool);
  } catch (const c10::Error&) {
    // capture_end() got as far as that.
  }
  generator.graphsafe_set_state(before);
#else
  static_cast<void>(pool);
  static_cast<void>(generator);
  static_cast<void>(before);
#endif
}

}  // namespace

CudaGraph::CudaGraph(const torch::Device& device) : impl_(new Impl{device, {}}) {}

void CudaGraph::record(const std::function<void()>& work) {
  torch::cuda::synchronize(impl_->device.index());
  // A graph has memory of its own; what eager steps leave in the cache would be there twice.
  release_cached_memory(impl_->device);
  // The default stream can't record.
  const c10::cuda::CUDAStreamGuard guard(
      c10::cuda::getStreamFromPool(/*isHighPriority=*/false, impl_->device.index()));
  const auto pool = at::cuda::graph_pool_handle();
  const at::Generator& generator = at::globalContext().defaultGenerator(impl_->device);
  const at::Generator before = generator.clone();
  try {
    // Other threads may go on to allocate page-locked memory meanwhile.
    impl_->graph.capture_begin(pool, cudaStreamCaptureModeThreadLocal);
    work();
    impl_->graph.capture_end();
  } catch (...) {
    leave_recording(impl_->graph, pool, generator, before);
    throw;
  }
}

void CudaGraph::replay() {
  impl_->graph.replay();
}

#else

struct CudaGraph::Impl {};

std::string no_cuda_graphs_reason(const torch::Device& device) {
  if (device.is_cpu()) return "the device is a CPU";
#ifdef ROD_CUDA
  return "LibTorch supports them from version 2.1 on";
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
