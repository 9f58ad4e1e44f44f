#include "trainer/log/trace.h"

#include <fmt/format.h>

#include "trainer/tensor/device.h"

namespace rod::trainer {

Trace::Trace(std::filesystem::path folder, shard::Metadata settings)
    : folder_(std::move(folder)), settings_(std::move(settings)) {}

void Trace::begin(std::uint64_t step, const Method& method, Network& network,
                  const std::vector<Minibatch>& batches) {
  step_ = step;
  tensors_ = {};
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const Minibatch& batch = batches[i];
    const std::string prefix = std::string(method.streams[i].name) + ".";
    if (batch.rgb.defined()) tensors_.add(prefix + "rgb", batch.rgb);
    if (batch.depth.defined()) tensors_.add(prefix + "depth", batch.depth);
    tensors_.add(prefix,
                 {{"label", batch.label}, {"index", batch.index}, {"augment", batch.augment}});
  }
  tensors_.add("before.", network->state());
}

void Trace::end(Network& network, const Optimizer& optimizer, const LossWeights& weights,
                const NamedLosses& losses) {
  for (const auto& [name, loss] : losses) tensors_.add(name, loss.reshape({1}));
  tensors_.add("after.", network->state());
  for (const auto& [name, buffer] : optimizer.state()) {
    tensors_.add(name.substr(name.find('.') + 1), buffer);
  }
  synchronize(network->state().front().second.device());
  shard::Metadata metadata = settings_;
  metadata["step"] = std::to_string(step_);
  metadata["weight_rot"] = fmt::format("{}", weights.rot);
  metadata["weight_ent"] = fmt::format("{}", weights.ent);
  metadata["weight_adapt"] = fmt::format("{}", weights.adapt);
  metadata["progress"] = fmt::format("{}", weights.progress);
  shard::write_safetensors(folder_ / fmt::format("step-{:09}.safetensors", step_), tensors_.data(),
                           metadata);
  tensors_ = {};
}

}  // namespace rod::trainer
