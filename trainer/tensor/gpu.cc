#include "trainer/tensor/gpu.h"

#include <c10/core/DeviceGuard.h>
#include <dlfcn.h>

namespace rod::trainer {
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
