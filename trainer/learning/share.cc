#include "trainer/learning/share.h"

#include <fmt/format.h>

#include "base/error.h"
#include "trainer/peers/batch_norm.h"
#include "trainer/peers/dropout.h"
#include "trainer/peers/layers.h"
#include "trainer/peers/whole_batch.h"

namespace rod {
namespace {

// In place, whatever the tensor's memory format.
void copy_first(Peers& peers, torch::Tensor tensor) {
  const torch::Tensor values = tensor.detach().contiguous();
  peers.copy_first(values);
  if (!peers.first()) tensor.detach().copy_(values);
}

// The first process's text.
std::string first_text(Peers& peers, std::string text) {
  const torch::Tensor size = torch::full({1}, static_cast<std::int64_t>(text.size()), torch::kLong);
  peers.copy_first(size);
  text.resize(static_cast<std::size_t>(size.item<std::int64_t>()));
  const torch::Tensor bytes =
      torch::from_blob(text.data(), {static_cast<std::int64_t>(text.size())}, torch::kUInt8);
  peers.copy_first(bytes);
  return text;
}

// Whether layers get the same bits whatever the number of processes. On a GPU they would be slower for no use: bits differ there anyway.
bool in_parts(const Learner& learner, const Peers& peers, const TrainConfig& config) {
  const NetworkOptions& options = learner.network->options();
  return config.sync_bn && options.compute == at::kFloat && kParts % peers.count() == 0 &&
         config.batch_size % kParts == 0 && learner.network->parameters().front().device().is_cpu();
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

void require_agreement(Peers& peers, const TrainConfig& config, const std::string& fingerprint) {
  if (peers.alone()) return;
  nlohmann::ordered_json mine = result_options(config);
  mine["test-batches"] = config.test_batches;
  mine["data"] = fingerprint;
  const auto first = nlohmann::json::parse(first_text(peers, mine.dump()));
  std::string difference;
  for (const auto& [name, value] : mine.items()) {
    if (first.at(name) != value) {
      difference +=
          fmt::format("\n  --{}: {} here, {} there", name, value.dump(), first.at(name).dump());
    }
  }
  if (peers.max(difference.empty() ? 0 : 1) == 0) return;
  throw Error(ErrorKind::kUsage,
              fmt::format("process {} of {}: ", peers.rank(), peers.count()) +
                  (difference.empty()
                       ? "another process has other options or other data; its message says which"
                       : "has other options or other data than process 0; start all processes by "
                         "one command line:" +
                             difference));
}

void share(Learner& learner, const std::shared_ptr<Peers>& peers, const TrainConfig& config) {
  const bool exact = in_parts(learner, *peers, config);
  if (peers->alone() && !exact) return;
  if (exact) at::set_num_threads(1);  // more would add up in another order
  for (const auto& module : learner.network->modules(/*include_self=*/false)) {
    if (auto* dropout = module->as<DropoutImpl>()) dropout->join(peers);
    if (auto* whole = module->as<WholeBatchImpl>()) whole->join(peers);
    if (auto* norm = module->as<BatchNormImpl>(); norm != nullptr && config.sync_bn)
      norm->join(peers);
    if (!exact) continue;
    if (auto* convolution = module->as<ConvolutionImpl>()) convolution->join(peers);
    if (auto* linear = module->as<LinearImpl>()) linear->join(peers);
  }
  if (!exact)
    learner.mean_gradients = std::make_unique<MeanGradients>(learner.network->parameters(), peers);
  if (!peers->alone()) learner.peers = peers;
}

void copy_first(Peers& peers, Learner& learner, RunState& state) {
  if (peers.alone()) return;
  const torch::Tensor steps =
      torch::tensor({std::int64_t(state.step), std::int64_t(state.evaluated_step)});
  peers.copy_first(steps);
  state.step = static_cast<std::uint64_t>(steps[0].item<std::int64_t>());
  state.evaluated_step = static_cast<std::uint64_t>(steps[1].item<std::int64_t>());
  const torch::Tensor best = torch::full({1}, state.best_accuracy, torch::kDouble);
  peers.copy_first(best);
  state.best_accuracy = best.item<double>();
  for (const auto& [name, tensor] : learner.network->state()) copy_first(peers, tensor);
  for (const auto& [name, tensor] : learner.optimizer_state()) copy_first(peers, tensor);
}

void copy_first_buffers(Peers& peers, Network& network) {
  if (peers.alone()) return;
  for (const torch::Tensor& buffer : network->buffers()) copy_first(peers, buffer);
}

}  // namespace rod
