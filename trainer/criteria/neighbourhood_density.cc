// Soft neighbourhood density: the mean entropy, in nats, of each sample's similarities to all
// others. It is large where samples lie in dense groups.
// Source: Saito et al., "Tune it the right way: unsupervised validation of domain adaptation via
// soft neighborhood density" (ICCV 2021), section 3.2: the similarity is the cosine of predictions,
// at temperature 0.05.
#include <algorithm>
#include <limits>

#include "trainer/criteria/criterion.h"
#include "trainer/tensor/evenly_spaced.h"

namespace rod::trainer {
namespace {

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

}  // namespace

extern const Criterion kNeighbourhoodDensity = {
    "snd", "soft neighbourhood density: samples in dense groups", neighbourhood_density};

}  // namespace rod::trainer
