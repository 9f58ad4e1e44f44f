// A network's predictions for the samples of a split, with their probabilities.
#pragma once

#include <torch/torch.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "trainer/learning/evaluate.h"

namespace rod::trainer {

inline constexpr std::size_t kTopClasses = 5;

struct Guess {
  std::size_t label;   // of the network
  double probability;  // in 0-1
};

struct Prediction {
  std::uint64_t sample = 0;  // number within the split
  std::vector<Guess> top;    // the kTopClasses most probable, or all if there are fewer; best first
};

// Returns the predictions for a batch: the softmax of its logits, in float64. Of equal
// probabilities the smaller label comes first, as evaluate() answers. `first`: the sample of the
// batch's first row. Throws Error(kFailed) if a logit is not finite. Requires: logits is [B,C] f32.
std::vector<Prediction> top_classes(const torch::Tensor& logits, std::int64_t first);

// Calls `visit` for the split's samples in its order. Returns false if `stop` ended it. Throws the
// errors of for_each_output(), top_classes() and `visit`.
bool predict(Network& network, const Split& split, const torch::Device& device,
             const EvaluateOptions& options, const std::function<bool()>& stop,
             const std::function<void(const Prediction&)>& visit);

}  // namespace rod::trainer
