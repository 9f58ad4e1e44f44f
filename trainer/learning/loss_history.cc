#include "trainer/learning/loss_history.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <utility>

#include "trainer/input/feed.h"

namespace rod::trainer {

void LossHistory::add(const NamedLosses& losses) {
  std::vector<torch::Tensor> values;
  const bool first = names_.empty();
  for (const auto& [name, value] : losses) {
    if (first) names_.push_back(name);
    values.push_back(value.reshape({}));
  }
  steps_.push_back(torch::stack(values));
}

torch::Tensor LossHistory::rows() const {
  return torch::stack(steps_).to(torch::kCPU).contiguous();
}

void LossHistory::restore(std::vector<std::string> names, const torch::Tensor& rows) {
  names_ = std::move(names);
  steps_ = rows.unbind(0);
}

std::optional<Divergence> LossHistory::divergence(std::uint64_t last_step) const {
  const torch::Tensor all = rows();
  const auto values = all.accessor<float, 2>();
  for (std::int64_t step = 0; step < values.size(0); ++step) {
    for (std::int64_t loss = 0; loss < values.size(1); ++loss) {
      if (std::isfinite(values[step][loss])) continue;
      return Divergence{names_[static_cast<std::size_t>(loss)], values[step][loss],
                        last_step - static_cast<std::uint64_t>(values.size(0) - 1 - step)};
    }
  }
  return std::nullopt;
}

std::vector<double> LossHistory::means() const {
  const torch::Tensor all = rows();
  const auto values = all.accessor<float, 2>();
  std::vector<double> means(names_.size());
  for (std::int64_t step = 0; step < values.size(0); ++step) {
    for (std::int64_t loss = 0; loss < values.size(1); ++loss) {
      means[static_cast<std::size_t>(loss)] += double(values[step][loss]) / double(values.size(0));
    }
  }
  return means;
}

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
