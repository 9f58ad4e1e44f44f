#include "trainer/learning/loss_history.h"

#include <cmath>
#include <utility>

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

}  // namespace rod::trainer
