#include "trainer/criteria/criterion.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"

namespace rod::trainer {

extern const Criterion kInformationMaximisation, kNuclearNorm, kNeighbourhoodDensity;

const std::vector<const Criterion*>& all_criteria() {
  static const std::vector<const Criterion*> kAll = {&kInformationMaximisation, &kNuclearNorm,
                                                     &kNeighbourhoodDensity};
  return kAll;
}

const Criterion& find_criterion(const std::string& name) {
  std::string known;
  for (const Criterion* criterion : all_criteria()) {
    if (name == criterion->name) return *criterion;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", criterion->name);
  }
  throw Error(ErrorKind::kUsage, fmt::format("--select {}: unknown; use one of {}", name, known));
}

std::map<std::string, double> criterion_values(const torch::Tensor& logits) {
  const torch::NoGradGuard no_gradients;
  const torch::Tensor precise = logits.to(torch::kDouble);
  std::map<std::string, double> values;
  for (const Criterion* criterion : all_criteria()) {
    values[criterion->name] = std::round(criterion->value(precise) * 1e6) / 1e6;
  }
  return values;
}

}  // namespace rod::trainer
