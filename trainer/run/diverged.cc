#include "trainer/run/diverged.h"

#include <fmt/format.h>

#include <numeric>

#include "trainer/input/feed.h"

namespace rod::trainer {
namespace {

// The samples of one stream's batch, one per line, as the split list writes them.
std::string list_keys(const StreamSpec& use, std::uint64_t step, const Splits& splits,
                      const TrainConfig& config) {
  const Split& split = use.from_target ? splits.target : splits.source_train;
  const stream::StreamOrder order = stream_order(use, splits, config);
  const stream::StreamOrder::Position first = order.position(step - 1);
  std::string text = fmt::format("\n{}, of split {}:", use.name, split->name());
  for (std::uint32_t i = 0; i < config.batch_size; ++i) {
    text += fmt::format("\n  {}", split->key(order.sample(first.epoch, first.n + i)));
  }
  return text;
}

LossSpec find_loss(const Method& method, const std::string& name) {
  if (name == kGradientNorm) {
    LossSpec all{kGradientNorm, std::vector<std::size_t>(method.streams.size())};
    std::iota(all.streams.begin(), all.streams.end(), std::size_t{0});
    return all;
  }
  for (const LossSpec& use : method.losses) {
    if (name == use.name) return use;
  }
  throw Error(ErrorKind::kFailed, fmt::format("{}: {} does not report it", name, method.name));
}

}  // namespace

Error diverged_error(const Divergence& divergence, const Method& method, const Splits& splits,
                     const TrainConfig& config) {
  const LossSpec loss = find_loss(method, divergence.loss);
  std::string streams, keys;
  for (const std::size_t i : loss.streams) {
    streams += fmt::format("{}{}", streams.empty() ? "" : ", ", method.streams[i].name);
    keys += list_keys(method.streams[i], divergence.step, splits, config);
  }
  return Error(
      ErrorKind::kFailed,
      fmt::format(
          "{} (stream {}) is {} in step {}: training has diverged. Checkpoints from before are "
          "kept. Start again in a new --logdir with a smaller --lr, or look at the samples of "
          "that step:{}",
          divergence.loss, streams, divergence.value, divergence.step, keys));
}

}  // namespace rod::trainer
