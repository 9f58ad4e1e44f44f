// The losses of the steps since the last line of metrics. They stay on the device until they are
// read.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "trainer/config.h"
#include "trainer/input/splits.h"
#include "trainer/methods/method.h"

namespace rod::trainer {

// A loss that is not finite, and the step that computed it, counted from 1.
struct Divergence {
  std::string loss;
  double value;
  std::uint64_t step;
};

class LossHistory {
 public:
  // Does not wait for the device. Requires: the same names in every step.
  void add(const NamedLosses& losses);

  bool empty() const { return steps_.empty(); }
  const std::vector<std::string>& names() const { return names_; }

  // Returns the first loss that is not finite, if any. Waits for the device. `last_step` is the
  // number of steps done. Requires: !empty().
  std::optional<Divergence> divergence(std::uint64_t last_step) const;

  // Returns the mean of each loss, in the order of names(). Waits for the device. Requires:
  // !empty().
  std::vector<double> means() const;

  void clear() { steps_.clear(); }

  // [steps, losses] f32, CPU: stored in checkpoints, so that the next line of metrics is the same
  // after a resume.
  torch::Tensor rows() const;  // requires: !empty()
  void restore(std::vector<std::string> names, const torch::Tensor& rows);

 private:
  std::vector<std::string> names_;
  std::vector<torch::Tensor> steps_;  // [losses] f32, on the device
};

// Returns an Error(kFailed) whose message names the loss, its streams, the step, what to try, and
// the key of every sample of those streams' batches.
Error diverged_error(const Divergence& divergence, const Method& method, const Splits& splits,
                     const TrainConfig& config);

}  // namespace rod::trainer
