#include "trainer/peers/share.h"

#include <fmt/format.h>

#include "base/error.h"
#include "trainer/peers/batch_norm.h"
#include "trainer/peers/dropout.h"

namespace rod {
namespace {

// In place, whatever the tensor's memory format.
void copy_first(Peers& peers, torch::Tensor tensor) {
  const torch::Tensor values = tensor.detach().contiguous();
  peers.copy_first(values);
  if (!peers.first()) tensor.detach().copy_(values);
}

}  // namespace

void require_shareable(const TrainConfig& config, std::uint32_t processes) {
  if (processes == 1) return;
  if (config.batch_size == kAutoBatch) {
    throw Error(ErrorKind::kUsage,
                "--batch-size auto looks at one GPU; give several processes a number");
  }
  const std::uint32_t least = config.sync_bn ? 1 : 2;  // batch normalisation needs two samples
  if (config.batch_size % processes != 0 || config.batch_size / processes < least) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--batch-size {} is the whole batch of {} processes: take a multiple "
                            "of {}, at least {}",
                            config.batch_size, processes, processes, least * processes));
  }
  if (config.trace > 0) {
    throw Error(ErrorKind::kUsage,
                "--trace writes whole batches, which one process of several does not have; "
                "trace in one process");
  }
}

void share(Learner& learner, const std::shared_ptr<Peers>& peers, bool sync_bn) {
  if (peers->alone()) return;
  for (const auto& module : learner.network->modules(/*include_self=*/false)) {
    if (auto* dropout = module->as<DropoutImpl>()) dropout->join(peers);
    if (auto* norm = module->as<BatchNormImpl>(); norm != nullptr && sync_bn) norm->join(peers);
  }
  learner.mean_gradients = std::make_unique<MeanGradients>(learner.network->parameters(), peers);
  learner.peers = peers;
}

void copy_first(Peers& peers, Learner& learner, RunState& state) {
  if (peers.alone()) return;
  const torch::Tensor steps =
      torch::tensor({std::int64_t(state.step), std::int64_t(state.evaluated_step)});
  peers.copy_first(steps);
  state.step = static_cast<std::uint64_t>(steps[0].item<std::int64_t>());
  state.evaluated_step = static_cast<std::uint64_t>(steps[1].item<std::int64_t>());
  for (const auto& [name, tensor] : learner.network->state()) copy_first(peers, tensor);
  for (const auto& [name, tensor] : learner.optimizer_state()) copy_first(peers, tensor);
}

void copy_first_buffers(Peers& peers, Network& network) {
  if (peers.alone()) return;
  for (const torch::Tensor& buffer : network->buffers()) copy_first(peers, buffer);
}

}  // namespace rod
