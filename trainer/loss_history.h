// The losses of the steps since the last line of metrics, left on the device until somebody wants them.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/method.h"

namespace rod {

class LossHistory {
 public:
  // Does not wait for the device. REQUIRES: the same names in every step.
  void add(const NamedLosses& losses);

  bool empty() const { return steps_.empty(); }
  const std::vector<std::string>& names() const { return names_; }

  // The mean of each loss, by position in names(); waits for the device. `last_step` counts the steps done.
  // Errors: kFailed naming step and loss when one is not a finite number. REQUIRES: !empty().
  std::vector<double> means(std::uint64_t last_step) const;

  void clear() { steps_.clear(); }

  // [steps, losses] f32, CPU: what a checkpoint keeps, so that the line after a resume is the same.
  torch::Tensor rows() const;  // REQUIRES: !empty()
  void restore(std::vector<std::string> names, const torch::Tensor& rows);

 private:
  std::vector<std::string> names_;
  std::vector<torch::Tensor> steps_;  // [losses] f32, on the device
};

}  // namespace rod
