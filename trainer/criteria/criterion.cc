#include "trainer/criteria/criterion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "trainer/tensor/evenly_spaced.h"

namespace rod::trainer {
namespace {

// Information maximisation: the entropy of the mean prediction less the mean entropy of all
// predictions, in nats. It is large where each prediction is sure and all classes occur.
// Source: Bridle, Heading and MacKay, "Unsupervised classifiers, mutual information and phantom
// targets" (NIPS 1991), equation 2; as a choice of networks: Musgrave, Belongie and Lim, "Three new
// validators and a large-scale benchmark ranking for unsupervised domain adaptation"
// (arXiv 2208.07360), section 3.
double mutual_information(const torch::Tensor& logits) {
  const torch::Tensor log_p = logits.log_softmax(1), p = log_p.exp();
  const torch::Tensor mean = p.mean(0);
  const torch::Tensor of_mean = at::special_entr(mean).sum();
  const torch::Tensor mean_of = -(p * log_p).sum(1).mean();
  return (of_mean - mean_of).item<double>();
}

// Batch nuclear norm: the sum of the singular values of the predictions, per sample. It is large
// where predictions are sure and diverse.
// Source: Cui et al., "Towards discriminability and diversity: batch nuclear-norm maximization
// under label insufficient situations" (CVPR 2020), section 3.3. The batch is the whole split.
double nuclear_norm(const torch::Tensor& logits) {
  const torch::Tensor p = logits.softmax(1);
  // The squares of the singular values of [N,C] are the eigenvalues of [C,C], which is small.
  const torch::Tensor squares = at::linalg_eigvalsh(p.t().matmul(p)).clamp_min(0);
  return squares.sqrt().sum().item<double>() / double(p.size(0));
}

// Soft neighbourhood density: the mean entropy, in nats, of each sample's similarities to all
// others. It is large where samples lie in dense groups.
// Source: Saito et al., "Tune it the right way: unsupervised validation of domain adaptation via
// soft neighborhood density" (ICCV 2021), section 3.2: the similarity is the cosine of predictions,
// at temperature 0.05.
constexpr double kTemperature = 0.05;
constexpr std::int64_t kMostSamples = 8192;  // evenly spaced, where there are more: cost is squared
constexpr std::int64_t kRows = 512;          // compared at a time

double neighbourhood_density(const torch::Tensor& logits) {
  const torch::Tensor p = evenly_spaced(logits, kMostSamples).softmax(1);
  const torch::Tensor directions = p / p.norm(2, 1, /*keepdim=*/true);
  const std::int64_t samples = p.size(0);
  if (samples < 2) return 0;
  double sum = 0;
  for (std::int64_t first = 0; first < samples; first += kRows) {
    const std::int64_t rows = std::min(kRows, samples - first);
    torch::Tensor similarity =
        directions.narrow(0, first, rows).matmul(directions.t()) / kTemperature;
    // A sample is not its own neighbour.
    similarity.diagonal(first).fill_(-std::numeric_limits<double>::infinity());
    const torch::Tensor weights = similarity.softmax(1);
    sum += at::special_entr(weights).sum().item<double>();
  }
  return sum / double(samples);
}

const Criterion kInformationMaximisation = {
    "im", "information maximisation: confident on each sample, balanced over the classes",
    mutual_information};

const Criterion kNuclearNorm = {"bnm", "batch nuclear norm: diverse and confident predictions",
                                nuclear_norm};

const Criterion kNeighbourhoodDensity = {
    "snd", "soft neighbourhood density: samples in dense groups", neighbourhood_density};

}  // namespace

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
