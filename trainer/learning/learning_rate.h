// The learning rate of each step: a function of its number, so that there is no state to keep.
#pragma once

#include <cstdint>
#include <string_view>

#include "trainer/config.h"

namespace rod::trainer {

// A length in epochs or steps.
struct Warmup {
  double epochs = 0;
  std::uint64_t steps = 0;

  std::uint64_t in_steps(std::uint64_t epoch_steps) const;
};

// "5" or "0.5" epochs, "500steps". Throws Error(kUsage).
Warmup parse_warmup(std::string_view text);

// Whether the schedule depends on the run's length.
bool runs_over_epochs(const TrainConfig& config);

// Throws Error(kUsage) for options of a schedule that another schedule ignores, and for those that
// a schedule lacks.
void require_schedule_options(const TrainConfig& config);

// What --lr is multiplied by.
class LearningRate {
 public:
  // `epoch_steps`: steps of an epoch, > 0.
  LearningRate(const TrainConfig& config, std::uint64_t epoch_steps);

  // Whether the factor is 1 in every step.
  bool constant() const;

  // The factor of a step, counted from 0: that of the schedule times that of the warm-up. With p
  // from 0 to 1 over --schedule-epochs and 1 after them:
  // - cosine: (1 + cos(pi p)) / 2, per step; torch.optim.lr_scheduler.CosineAnnealingLR, from
  //   Loshchilov and Hutter, "SGDR", ICLR 2017, without restarts.
  // - step: gamma^floor(epoch / step_size), per epoch; StepLR.
  // - inverse: (1 + 10 p)^-0.75, per step; Ganin et al., "Domain-adversarial training of neural
  //   networks", JMLR 17 (2016), section 5.2.2.
  // - warm-up over W steps: (step + 1) / W, then 1; LinearLR with start_factor 1/W and total_iters
  //   W - 1, from Goyal et al., "Accurate, large minibatch SGD" (2017), section 2.2.
  double factor(std::uint64_t step) const;

 private:
  std::string schedule_;
  double schedule_steps_;
  double step_size_, gamma_;
  std::uint64_t epoch_steps_, warmup_steps_;
};

}  // namespace rod::trainer
