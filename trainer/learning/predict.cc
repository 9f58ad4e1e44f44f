#include "trainer/learning/predict.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace rod::trainer {
namespace {

// `probabilities`: of every class.
std::vector<Guess> best_of(const double* probabilities, std::size_t classes) {
  std::vector<std::size_t> labels(classes);
  std::iota(labels.begin(), labels.end(), std::size_t{0});
  const std::size_t count = std::min(kTopClasses, classes);
  std::partial_sort(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(count),
                    labels.end(), [&](std::size_t a, std::size_t b) {
                      if (probabilities[a] != probabilities[b])
                        return probabilities[a] > probabilities[b];
                      return a < b;
                    });
  std::vector<Guess> best;
  for (std::size_t i = 0; i < count; ++i) best.push_back({labels[i], probabilities[labels[i]]});
  return best;
}

}  // namespace

std::vector<Prediction> top_classes(const torch::Tensor& logits, std::int64_t first) {
  const torch::Tensor rows = logits.to(torch::kCPU, torch::kDouble).softmax(1).contiguous();
  if (!rows.isfinite().all().item<bool>()) {
    throw Error(ErrorKind::kFailed,
                fmt::format("the network's outputs for the samples {} to {} are not finite; its "
                            "weights are damaged, or --amp fp16 overflows: use another checkpoint",
                            first, first + logits.size(0) - 1));
  }
  const auto classes = static_cast<std::size_t>(rows.size(1));
  std::vector<Prediction> predictions;
  for (std::int64_t row = 0; row < rows.size(0); ++row) {
    predictions.push_back({static_cast<std::uint64_t>(first + row),
                           best_of(rows.data_ptr<double>() + row * rows.size(1), classes)});
  }
  return predictions;
}

bool predict(Network& network, const Split& split, const torch::Device& device,
             const EvaluateOptions& options, const std::function<bool()>& stop,
             const std::function<void(const Prediction&)>& visit) {
  return for_each_output(network, split, device, options, stop, [&](const Outputs& outputs) {
    for (const Prediction& prediction : top_classes(outputs.logits, outputs.first)) {
      visit(prediction);
    }
  });
}

}  // namespace rod::trainer
