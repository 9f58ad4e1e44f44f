#include "trainer/tensor/autocast.h"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

namespace rod::trainer {
namespace {

namespace autocast = at::autocast;

// One spelling for both of LibTorch's: 2.4 replaced a function per device by one with a device
// argument.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
bool is_enabled(at::DeviceType device) {
  return autocast::is_autocast_enabled(device);
}
void set_enabled(at::DeviceType device, bool on) {
  autocast::set_autocast_enabled(device, on);
}
void set_dtype(at::DeviceType device, at::ScalarType dtype) {
  autocast::set_autocast_dtype(device, dtype);
}
#else
bool is_enabled(at::DeviceType device) {
  return device == at::kCPU ? autocast::is_cpu_enabled() : autocast::is_enabled();
}
void set_enabled(at::DeviceType device, bool on) {
  device == at::kCPU ? autocast::set_cpu_enabled(on) : autocast::set_enabled(on);
}
void set_dtype(at::DeviceType device, at::ScalarType dtype) {
  device == at::kCPU ? autocast::set_autocast_cpu_dtype(dtype)
                     : autocast::set_autocast_gpu_dtype(dtype);
}
#endif

}  // namespace

AutocastCache::AutocastCache() {
  autocast::increment_nesting();
}

AutocastCache::~AutocastCache() {
  if (autocast::decrement_nesting() == 0) autocast::clear_cache();
}

AutocastRegion::AutocastRegion(at::DeviceType device, at::ScalarType compute)
    : device_(device), was_enabled_(is_enabled(device)) {
  if (compute == at::kFloat) return;
  set_dtype(device, compute);
  set_enabled(device, true);
}

AutocastRegion::~AutocastRegion() {
  set_enabled(device_, was_enabled_);
}

}  // namespace rod::trainer
