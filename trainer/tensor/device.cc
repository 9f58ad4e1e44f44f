#include "trainer/tensor/device.h"

#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <errno.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <exception>
#include <functional>
#include <string_view>

#include "base/error.h"
#include "base/machine.h"

namespace rod::trainer {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& reason) {
  throw Error(ErrorKind::kUsage, fmt::format("--device {}: {}", name, reason));
}

torch::DeviceIndex gpu_index(const std::string& name) {
  int index = -1;
  const std::string_view number = std::string_view(name).substr(std::string_view("cuda:").size());
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), index);
  if (error != std::errc{} || end != number.data() + number.size() || index < 0) {
    refuse(name, "write auto, cpu, cuda or cuda:N");
  }
  const auto count = static_cast<int>(torch::cuda::device_count());
  if (index >= count) {
    refuse(name, fmt::format("there are {} GPUs, numbered from 0", count));
  }
  return static_cast<torch::DeviceIndex>(index);
}

// is_available() is true even where this LibTorch has no code for the GPU; only a kernel tells.
void run_a_small_kernel(const torch::Device& device) {
  try {
    const float sum = torch::ones({16}, device).mul(2).sum().item<float>();
    if (sum == 32.0f) return;
    throw Error(ErrorKind::kFailed,
                fmt::format("{}: computes 16 x 2 = {}; the GPU is broken", device.str(), sum));
  } catch (const c10::Error& error) {
    if (is_out_of_memory(error)) {
      throw Error(
          ErrorKind::kNoRoom,
          fmt::format("{}: its memory is full; stop other programs that use it", device.str()));
    }
    throw Error(
        ErrorKind::kFailed,
        fmt::format(
            "{}: this LibTorch ({}) can't compute on this GPU: {}\nOlder GPUs (P100, V100) need an "
            "older torch: choose an older runtime and build against its torch, or another GPU, "
            "or --device cpu",
            device.str(), TORCH_VERSION, first_line(error.what_without_backtrace())));
  }
}

bool uses_tf32(const torch::Device& device) {
  const auto capability = compute_capability(device);
  return capability && *capability >= ComputeCapability{8, 0} &&
         at::globalContext().allowTF32CuDNN();
}

}  // namespace

torch::Device choose_device(const std::string& name) {
  if (name == "cpu") return torch::kCPU;
  const bool any = name == "auto";
  if (!any && name != "cuda" && !name.starts_with("cuda:"))
    refuse(name, "write auto, cpu, cuda or cuda:N");
  if (!torch::cuda::is_available()) {
    if (any) return torch::kCPU;
    refuse(name, "no GPU is usable here, or LibTorch was built without CUDA; write --device cpu");
  }
  // torchrun numbers the processes of one machine.
  const char* const local_rank = ::getenv("LOCAL_RANK");
  const char* const local_count = ::getenv("LOCAL_WORLD_SIZE");
  const bool numbered = name.starts_with("cuda:");
  if (numbered && local_count != nullptr && std::string_view(local_count) != "1")
    refuse(name, "several processes of one machine need a GPU each; write auto or cuda");
  const std::string chosen =
      numbered ? name : fmt::format("cuda:{}", local_rank ? local_rank : "0");
  const torch::Device device(torch::kCUDA, gpu_index(chosen));
  run_a_small_kernel(device);
  return device;
}

void set_up_arithmetic(const Arithmetic& arithmetic) {
  // The container's share, not the host's cores. --jobs does not count here: it may change from one
  // run to the next, and the order in which threads add up must not.
  if (::getenv("OMP_NUM_THREADS") == nullptr)
    at::set_num_threads(static_cast<int>(available_cores()));
  auto& context = at::globalContext();
  context.setBenchmarkCuDNN(!arithmetic.deterministic);
  context.setDeterministicCuDNN(arithmetic.deterministic);
  context.setDeterministicAlgorithms(arithmetic.deterministic, /*warn_only=*/false);
  context.setAllowTF32CuDNN(arithmetic.tf32);
  // cuBLAS reads it when it starts; without it deterministic algorithms refuse matrix products.
  if (arithmetic.deterministic) ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
}

bool prefers_channels_last(const torch::Device& device, at::ScalarType compute) {
  const auto capability = compute_capability(device);
  if (!capability) return false;
  return compute == at::kFloat ? uses_tf32(device) : *capability >= ComputeCapability{7, 0};
}

torch::Tensor to_device(const torch::Tensor& tensor, const torch::Device& device) {
  if (!device.is_cuda()) return tensor;
  return tensor.contiguous().pin_memory().to(device, /*non_blocking=*/true);
}

void synchronize(const torch::Device& device) {
  if (device.is_cuda()) torch::cuda::synchronize(device.index());
}

std::string describe_device(const torch::Device& device) {
  return device.is_cpu() ? fmt::format("CPU ({} of its cores)", at::get_num_threads())
                         : device.str();
}

std::string describe_arithmetic(const torch::Device& device, at::ScalarType compute) {
  if (compute == at::kBFloat16) return "bfloat16";
  if (compute == at::kHalf) return "float16";
  return uses_tf32(device) ? "float32 with TensorFloat-32 convolutions" : "float32";
}

bool is_out_of_memory(const c10::Error& error) {
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) return true;
  // Not every allocation goes through LibTorch's allocator for GPUs.
  const std::string_view text = error.what_without_backtrace();
  // cuDNN says that no algorithm or engine is left where none gets its workspace.
  for (const char* sign :
       {"DefaultCPUAllocator", "out of memory", "CUBLAS_STATUS_ALLOC_FAILED",
        "CUDNN_STATUS_ALLOC_FAILED", "valid cuDNN algorithm", "nable to find an engine"}) {
    if (text.find(sign) != text.npos) return true;
  }
  return false;
}

std::string first_line(std::string_view message) {
  return std::string(message.substr(0, message.find('\n')));
}

namespace {

// LibTorch's destructors ask the GPU about memory that several streams used, and throw when it has
// failed. That ends the process before with_torch_errors() sees the first error: so this says why.
[[noreturn]] void end_with_reason() {
  try {
    if (const std::exception_ptr error = std::current_exception()) std::rethrow_exception(error);
  } catch (const c10::Error& error) {
    fmt::print(stderr,
               "{}: LibTorch: {}\nThe GPU failed; start again, with --resume after training\n",
               program_invocation_short_name, first_line(error.what_without_backtrace()));
    ::_exit(static_cast<int>(ErrorKind::kFailed));
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", program_invocation_short_name, error.what());
  }
  std::abort();
}

}  // namespace

int with_torch_errors(const std::function<int()>& body) {
  std::set_terminate(end_with_reason);
  try {
    return body();
  } catch (const c10::Error& error) {
    if (is_out_of_memory(error)) {
      throw Error(ErrorKind::kNoRoom, fmt::format("memory ran out: {}\nUse a smaller --batch-size",
                                                  first_line(error.what_without_backtrace())));
    }
    throw Error(ErrorKind::kFailed,
                fmt::format("LibTorch: {}", first_line(error.what_without_backtrace())));
  }
}

namespace {

// A function of the driver's, which LibTorch has loaded; null without a driver.
template <typename Function>
Function* driver_function(const char* name) {
  void* const driver = ::dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
  return driver ? reinterpret_cast<Function*>(::dlsym(driver, name)) : nullptr;
}

}  // namespace

std::optional<GpuMemory> gpu_memory(const torch::Device& device) {
  if (!device.is_cuda()) return std::nullopt;
  static const auto mem_get_info =
      driver_function<int(std::size_t * free, std::size_t * total)>("cuMemGetInfo_v2");
  const c10::DeviceGuard guard(device);  // the driver answers for the current device
  std::size_t free = 0, total = 0;
  if (mem_get_info == nullptr || mem_get_info(&free, &total) != 0) return std::nullopt;
  return GpuMemory{total - free, total};
}

std::optional<ComputeCapability> compute_capability(const torch::Device& device) {
  if (!device.is_cuda()) return std::nullopt;
  constexpr int kMajor = 75, kMinor = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_…
  static const auto get_attribute =
      driver_function<int(int* value, int attribute, int device)>("cuDeviceGetAttribute");
  const int index = device.has_index() ? device.index() : 0;
  ComputeCapability capability{};
  if (get_attribute == nullptr || get_attribute(&capability.major, kMajor, index) != 0 ||
      get_attribute(&capability.minor, kMinor, index) != 0) {
    return std::nullopt;
  }
  return capability;
}

}  // namespace rod::trainer
