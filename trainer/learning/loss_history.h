// The losses of the steps since the last line of metrics, left on the device until somebody wants
// them.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "trainer/methods/method.h"

namespace rod::trainer {

// A loss that is no finite number, and the step that computed it, counted from 1.
struct Divergence {
  std::string loss;
  double value;
  std::uint64_t step;
};

class LossHistory {
 public:
  // Does not wait for the device. REQUIRES: the same names in every step.
  void add(const NamedLosses& losses);

  bool empty() const { return steps_.empty(); }
  const std::vector<std::string>& names() const { return names_; }

  // The first loss that is not finite, if there is one; waits for the device. `last_step` counts
  // the steps done. REQUIRES: !empty().
  std::optional<Divergence> divergence(std::uint64_t last_step) const;

  // The mean of each loss, by position in names(); waits for the device. REQUIRES: !empty().
  std::vector<double> means() const;

  void clear() { steps_.clear(); }

  // [steps, losses] f32, CPU: what a checkpoint keeps, so that the line after a resume is the same.
  torch::Tensor rows() const;  // REQUIRES: !empty()
  void restore(std::vector<std::string> names, const torch::Tensor& rows);

 private:
  std::vector<std::string> names_;
  std::vector<torch::Tensor> steps_;  // [losses] f32, on the device
};

}  // namespace rod::trainer
