#include "trainer/input/transfer.h"

#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <mutex>
#include <unordered_map>

#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

// Keeps the tensors whose page-locked memory a loader uses.
class PageLockedMemory {
 public:
  std::byte* allocate(std::size_t bytes) {
    torch::Tensor memory = torch::empty({static_cast<std::int64_t>(bytes)},
                                        torch::TensorOptions(torch::kUInt8).pinned_memory(true));
    auto* const data = reinterpret_cast<std::byte*>(memory.data_ptr<std::uint8_t>());
    const std::lock_guard lock(mutex_);
    tensors_.emplace(data, std::move(memory));
    return data;
  }
  void release(std::byte* data) {
    const std::lock_guard lock(mutex_);
    tensors_.erase(data);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::byte*, torch::Tensor> tensors_;
};

// [B,H,W,3] u8 over the batch's own bytes.
torch::Tensor view_pixels(std::span<std::byte> bytes, std::int64_t batch,
                          const shard::PixelFormat& pixels) {
  return torch::from_blob(bytes.data(), {batch, pixels.height, pixels.width, 3}, torch::kUInt8);
}

// [B,H,W] i16, the same.
torch::Tensor view_millimetres(std::span<std::byte> bytes, std::int64_t batch,
                               const shard::PixelFormat& pixels) {
  return torch::from_blob(bytes.data(), {batch, pixels.height, pixels.width}, torch::kInt16);
}

// One for each GPU and process: LibTorch's allocator keeps a pool of memory for each stream.
c10::Stream copy_stream(const torch::Device& device) {
  static std::mutex mutex;
  static std::unordered_map<torch::DeviceIndex, c10::Stream> streams;
  const std::lock_guard lock(mutex);
  const auto found = streams.find(device.index());
  if (found != streams.end()) return found->second;
  const c10::Stream stream =
      c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
  streams.emplace(device.index(), stream);
  return stream;
}

}  // namespace

Transfer::Transfer(const torch::Device& device, DepthInput depth_input)
    : device_(device), depth_input_(depth_input) {
  if (device.is_cuda()) copies_ = copy_stream(device);
}

std::optional<stream::BatchMemory> Transfer::batch_memory() const {
  if (!copies_) return std::nullopt;
  const auto memory = std::make_shared<PageLockedMemory>();
  return stream::BatchMemory{[memory](std::size_t bytes) { return memory->allocate(bytes); },
                             [memory](std::byte* data) { memory->release(data); }};
}

Images Transfer::copy(const stream::Batch& batch, const shard::PixelFormat& pixels,
                      bool with_labels) {
  const auto size = static_cast<std::int64_t>(batch.label.size());
  Images images;
  if (pixels.has_rgb()) images.rgb = view_pixels(batch.rgb, size, pixels);
  if (with_labels) images.label = torch::tensor(batch.label, torch::kInt64);
  if (pixels.depth == shard::DepthKind::kColour) {
    images.depth = view_pixels(batch.depth, size, pixels);
  }
  const bool converts =
      pixels.depth == shard::DepthKind::kRaw16 && depth_input_ != DepthInput::kStored;
  if (converts) images.depth = view_millimetres(batch.depth, size, pixels);
  if (!copies_) {
    if (converts) images.depth = colour_depth(images.depth, depth_input_);
    return images;
  }

  const c10::Stream arithmetic = c10::impl::VirtualGuardImpl(device_.type()).getStream(device_);
  {
    const c10::StreamGuard guard(*copies_);
    for (torch::Tensor* tensor : {&images.rgb, &images.depth, &images.label}) {
      if (!tensor->defined()) continue;
      *tensor = to_device(*tensor, device_);
      tensor->record_stream(
          arithmetic);  // its memory is not re-used before that queue is done with it
    }
  }
  c10::Event copied(device_.type());
  copied.record(*copies_);
  copied.block(arithmetic);
  if (converts) images.depth = colour_depth(images.depth, depth_input_);
  return images;
}

void Transfer::begin_step() {
  if (!copies_) return;
  const c10::Stream arithmetic = c10::impl::VirtualGuardImpl(device_.type()).getStream(device_);
  // The event of two calls before: what the queue was given until then.
  if (queued_[oldest_]) queued_[oldest_]->block(*copies_);
  queued_[oldest_] = std::make_unique<c10::Event>(device_.type());
  queued_[oldest_]->record(arithmetic);
  oldest_ = 1 - oldest_;
}

void Transfer::wait() const {
  if (copies_) copies_->synchronize();
}

}  // namespace rod::trainer
