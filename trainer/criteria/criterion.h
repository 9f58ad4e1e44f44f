// Criteria that judge a network on the target without its labels. A larger value is better.
#pragma once

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

namespace rod::trainer {

inline const std::string kCriterionPrefix = "criterion.";  // of a criterion's name in the metrics

struct Criterion {
  const char* name;     // of --select and in metrics: "im"
  const char* summary;  // one line
  // Returns the value for the logits [N,C] f64 of a split, on the CPU. Requires: N > 0, C > 1.
  double (*value)(const torch::Tensor& logits);
};

// im, bnm, snd.
const std::vector<const Criterion*>& all_criteria();

// Throws Error(kUsage) listing the names.
const Criterion& find_criterion(const std::string& name);

// Returns every criterion's value, by name, rounded to six decimals: sums over batches of other
// sizes differ after those. `logits`: [N,C] f32, on the CPU.
std::map<std::string, double> criterion_values(const torch::Tensor& logits);

}  // namespace rod::trainer
