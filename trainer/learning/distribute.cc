#include "trainer/learning/distribute.h"

#include <fmt/format.h>

#include "base/error.h"
#include "trainer/process_group/batch_norm.h"
#include "trainer/process_group/layers.h"

namespace rod::trainer {
namespace {

// In place, whatever the tensor's memory format.
void broadcast(ProcessGroup& group, torch::Tensor tensor) {
  const torch::Tensor values = tensor.detach().contiguous();
  group.broadcast(values);
  if (!group.first()) tensor.detach().copy_(values);
}

// Whether layers compute the same bits for any number of processes. Not on a GPU, where that would
// be slower without use: bits differ there anyway.
bool gives_same_bits(const Learner& learner, const ProcessGroup& group, const TrainConfig& config) {
  const NetworkOptions& options = learner.network->options();
  return config.sync_bn && options.compute == at::kFloat && kChunks % group.size() == 0 &&
         config.batch_size % kChunks == 0 &&
         learner.network->parameters().front().device().is_cpu();
}

}  // namespace

void require_distributable(const TrainConfig& config, std::uint32_t processes) {
  if (processes == 1) return;
  if (config.batch_size == kAutoBatch) {
    throw Error(ErrorKind::kUsage,
                "--batch-size auto measures one GPU; for several processes, give a number");
  }
  const std::uint32_t least = config.sync_bn ? 1 : 2;  // batch normalisation needs two samples
  if (config.batch_size % processes != 0 || config.batch_size / processes < least) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--batch-size {} is the global batch size of {} processes: give a "
                            "multiple of {}, at least {}",
                            config.batch_size, processes, processes, least * processes));
  }
  if (config.trace > 0) {
    throw Error(ErrorKind::kUsage,
                "--trace writes whole batches, which one process of several does not have; "
                "trace in one process");
  }
}

std::string broadcast_text(ProcessGroup& group, std::string text) {
  const torch::Tensor size = torch::full({1}, static_cast<std::int64_t>(text.size()), torch::kLong);
  group.broadcast(size);
  text.resize(static_cast<std::size_t>(size.item<std::int64_t>()));
  const torch::Tensor bytes =
      torch::from_blob(text.data(), {static_cast<std::int64_t>(text.size())}, torch::kUInt8);
  group.broadcast(bytes);
  return text;
}

void require_agreement(ProcessGroup& group, const TrainConfig& config,
                       const std::string& fingerprint) {
  if (group.alone()) return;
  nlohmann::ordered_json mine = result_options(config);
  mine["test-batches"] = config.test_batches;
  mine["patience"] = config.patience;
  mine["data"] = fingerprint;
  const auto first = nlohmann::json::parse(broadcast_text(group, mine.dump()));
  std::string difference;
  for (const auto& [name, value] : mine.items()) {
    if (first.at(name) != value) {
      difference +=
          fmt::format("\n  --{}: {} here, {} there", name, value.dump(), first.at(name).dump());
    }
  }
  if (group.all_reduce_max(difference.empty() ? 0 : 1) == 0) return;
  throw Error(ErrorKind::kUsage,
              fmt::format("process {} of {}: ", group.rank(), group.size()) +
                  (difference.empty()
                       ? "another process has other options or other data; its message says which"
                       : "has other options or other data than process 0; start all processes by "
                         "one command line:" +
                             difference));
}

void distribute(Learner& learner, const std::shared_ptr<ProcessGroup>& group,
                const TrainConfig& config) {
  const bool exact = gives_same_bits(learner, *group, config);
  if (group->alone() && !exact) return;
  if (exact) at::set_num_threads(1);  // more would add up in another order
  for (const auto& module : learner.network->modules(/*include_self=*/false)) {
    if (auto* dropout = module->as<DropoutImpl>()) dropout->join(group);
    if (auto* whole = module->as<GlobalBatchImpl>()) whole->join(group);
    if (auto* norm = module->as<BatchNormImpl>(); norm != nullptr && config.sync_bn)
      norm->join(group);
    if (!exact) continue;
    if (auto* convolution = module->as<ConvolutionImpl>()) convolution->join(group);
    if (auto* linear = module->as<LinearImpl>()) linear->join(group);
  }
  if (!exact)
    learner.gradient_reducer =
        std::make_unique<GradientReducer>(learner.network->parameters(), group);
  if (!group->alone()) learner.group = group;
}

void broadcast(ProcessGroup& group, Learner& learner, RunState& state) {
  if (group.alone()) return;
  const torch::Tensor steps =
      torch::tensor({std::int64_t(state.step), std::int64_t(state.evaluated_step),
                     std::int64_t(state.stale_evaluations)});
  group.broadcast(steps);
  state.step = static_cast<std::uint64_t>(steps[0].item<std::int64_t>());
  state.evaluated_step = static_cast<std::uint64_t>(steps[1].item<std::int64_t>());
  state.stale_evaluations = static_cast<std::uint64_t>(steps[2].item<std::int64_t>());
  const torch::Tensor best = torch::full({1}, state.best_accuracy, torch::kDouble);
  group.broadcast(best);
  state.best_accuracy = best.item<double>();
  for (const auto& [name, tensor] : learner.network->state()) broadcast(group, tensor);
  for (const auto& [name, tensor] : learner.training_state()) broadcast(group, tensor);
}

void broadcast_buffers(ProcessGroup& group, Network& network) {
  if (group.alone()) return;
  for (const torch::Tensor& buffer : network->buffers()) broadcast(group, buffer);
}

}  // namespace rod::trainer
