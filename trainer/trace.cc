#include "trainer/trace.h"

#include <fmt/format.h>

namespace rod {

Trace::Trace(std::filesystem::path folder, Metadata settings)
    : folder_(std::move(folder)), settings_(std::move(settings)) {}

void Trace::begin(std::uint64_t step, const Method& method, Network& network,
                  const std::vector<Minibatch>& batches) {
  step_ = step;
  tensors_ = {};
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const Minibatch& batch = batches[i];
    tensors_.add(std::string(method.streams[i].name) + ".", {{"rgb", batch.rgb},
                                                             {"depth", batch.depth},
                                                             {"label", batch.label},
                                                             {"index", batch.index},
                                                             {"augment", batch.augment}});
  }
  tensors_.add("before.", network->state());
}

void Trace::end(Network& network, const NamedLosses& losses) {
  for (const auto& [name, loss] : losses) tensors_.add(name, loss.reshape({1}));
  tensors_.add("after.", network->state());
  Metadata metadata = settings_;
  metadata["step"] = std::to_string(step_);
  write_safetensors(folder_ / fmt::format("step-{:09}.safetensors", step_), tensors_.data(),
                    metadata);
  tensors_ = {};
}

}  // namespace rod
