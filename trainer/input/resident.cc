#include "trainer/input/resident.h"

#include <algorithm>

#include "stream/loader.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

constexpr std::uint32_t kPairsAtATime = 64;

}  // namespace

ResidentSplit::ResidentSplit(const Split& split, const torch::Device& device, unsigned threads,
                             DepthInput depth_input) {
  const torch::NoGradGuard no_gradients;
  const auto samples = static_cast<std::int64_t>(split->size());
  const std::vector<std::int64_t> shape = {samples, split->pixels().height, split->pixels().width,
                                           3};
  const auto bytes = torch::TensorOptions(torch::kUInt8).device(device);
  if (split->pixels().has_rgb()) rgb_ = torch::empty(shape, bytes);
  const shard::DepthKind kind = split->pixels().depth;
  const bool has_depth = kind == shard::DepthKind::kColour ||
                         (kind == shard::DepthKind::kRaw16 && depth_input != DepthInput::kStored);
  if (has_depth) depth_ = torch::empty(shape, bytes);
  label_ = torch::empty({samples}, torch::TensorOptions(torch::kInt64).device(device));

  stream::LoaderStream pass;
  pass.split = split;
  pass.order.samples = split->size();
  pass.order.batch_size =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(kPairsAtATime, split->size()));
  pass.order.kind = stream::OrderKind::kSequential;
  pass.partial_last = true;
  Transfer transfer(device, depth_input);
  stream::Loader loader({pass},
                        {.threads = threads, .prefetch = 2, .memory = transfer.batch_memory()});
  while (const stream::Batch* batch = loader.next(0)) {
    const Images images = transfer.copy(*batch, split->pixels());
    const auto at = static_cast<std::int64_t>(batch->position),
               count = static_cast<std::int64_t>(batch->sample.size());
    if (rgb_.defined()) rgb_.narrow(0, at, count).copy_(images.rgb);
    if (has_depth) depth_.narrow(0, at, count).copy_(images.depth);
    label_.narrow(0, at, count).copy_(images.label);
    transfer.wait();
  }
}

Images ResidentSplit::at(std::span<const std::uint64_t> samples, bool with_labels) const {
  torch::Tensor numbers = torch::empty({static_cast<std::int64_t>(samples.size())}, torch::kInt64);
  std::copy(samples.begin(), samples.end(), numbers.data_ptr<std::int64_t>());
  numbers = to_device(numbers, label_.device());
  const auto chosen = [&](const torch::Tensor& all) {
    return all.defined() ? all.index_select(0, numbers) : torch::Tensor();
  };
  return {chosen(rgb_), chosen(depth_), with_labels ? chosen(label_) : torch::Tensor()};
}

}  // namespace rod::trainer
