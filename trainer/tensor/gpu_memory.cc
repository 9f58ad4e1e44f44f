#include "trainer/tensor/gpu_memory.h"

#include <c10/core/DeviceGuard.h>
#include <dlfcn.h>

namespace rod {

std::optional<GpuMemory> gpu_memory(const torch::Device& device) {
  if (!device.is_cuda()) return std::nullopt;
  using MemGetInfo = int (*)(std::size_t * free, std::size_t * total);
  static const auto mem_get_info = []() -> MemGetInfo {
    void* const driver = ::dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
    return driver ? reinterpret_cast<MemGetInfo>(::dlsym(driver, "cuMemGetInfo_v2")) : nullptr;
  }();
  const c10::DeviceGuard guard(device);  // the driver answers for the current device
  std::size_t free = 0, total = 0;
  if (mem_get_info == nullptr || mem_get_info(&free, &total) != 0) return std::nullopt;
  return GpuMemory{total - free, total};
}

}  // namespace rod
