#include "trainer/embedding/embedding.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace rod::trainer {

torch::Tensor principal_components(const torch::Tensor& points, std::int64_t count) {
  const torch::NoGradGuard no_gradients;
  const torch::Tensor centred = points - points.mean(0, /*keepdim=*/true);
  // Eigenvectors of [F,F] in ascending order of their eigenvalues.
  const torch::Tensor vectors = std::get<1>(at::linalg_eigh(centred.t().matmul(centred)));
  const torch::Tensor axes = vectors
                                 .narrow(1, vectors.size(1) - std::min(count, vectors.size(1)),
                                         std::min(count, vectors.size(1)))
                                 .flip(1);
  const torch::Tensor largest = axes.gather(0, axes.abs().argmax(0, /*keepdim=*/true));
  return centred.matmul(axes * torch::where(largest < 0, -1., 1.)).contiguous();
}

Span in_own_span(const torch::Tensor& rows) {
  const torch::NoGradGuard no_gradients;
  if (rows.size(1) <= rows.size(0)) return {{}, rows};
  const auto [axes, places] = at::linalg_qr(rows.t());
  return {axes, places.t().contiguous()};
}

namespace {

constexpr std::int64_t kComparedComponents = 50;
constexpr int kBisections = 60;
constexpr int kEarlyIterations = 250;  // with exaggerated attraction
constexpr float kExaggeration = 12;
constexpr float kEarlyMomentum = 0.5F, kLateMomentum = 0.8F;
constexpr float kLeastGain = 0.01F;
constexpr double kStartDeviation = 1e-4;

// Sets `row` to the probabilities that point `self` has each other point as its neighbour: normal
// densities of the squared distances, of the width at which their entropy is `entropy`.
void conditional_probabilities(const double* squares, std::int64_t count, std::int64_t self,
                               double entropy, double* row) {
  double nearest = INFINITY;
  for (std::int64_t j = 0; j < count; ++j) {
    if (j != self) nearest = std::min(nearest, squares[j]);
  }
  double low = 0, high = INFINITY, precision = 1;
  for (int i = 0; i < kBisections; ++i) {
    double sum = 0, weighted = 0;
    for (std::int64_t j = 0; j < count; ++j) {
      const double further = squares[j] - nearest;  // so that one exponential is 1
      row[j] = j == self ? 0 : std::exp(-precision * further);
      sum += row[j];
      weighted += row[j] * further;
    }
    for (std::int64_t j = 0; j < count; ++j) row[j] /= sum;
    const bool too_flat = std::log(sum) + precision * weighted / sum > entropy;
    (too_flat ? low : high) = precision;
    precision = std::isinf(high) ? precision * 2 : (low + high) / 2;
  }
}

// The gradient descent in the plane. Single precision: neighbouring places differ by more.
class Layout {
 public:
  Layout(const torch::Tensor& probabilities, const torch::Tensor& start)
      : count_(start.size(0)), probabilities_(probabilities.to(torch::kFloat).contiguous()) {
    const torch::Tensor columns = start.t().to(torch::kFloat).contiguous();
    for (int axis = 0; axis < 2; ++axis) {
      const float* from = columns.data_ptr<float>() + axis * count_;
      place_[axis].assign(from, from + count_);
      change_[axis].resize(std::size_t(count_));
      gain_[axis].resize(std::size_t(count_));
      attraction_[axis].resize(std::size_t(count_));
      repulsion_[axis].resize(std::size_t(count_));
    }
    density_.resize(std::size_t(count_));
    start_anew();
  }

  void step(float exaggeration, float momentum, float rate) {
    add_forces();
    double normaliser = 0;
    for (const float density : density_) normaliser += density;
    const auto apart = float(1 / normaliser);
    for (int axis = 0; axis < 2; ++axis) {
      double middle = 0;
      for (std::size_t i = 0; i < std::size_t(count_); ++i) {
        const float gradient =
            4 * (exaggeration * attraction_[axis][i] - apart * repulsion_[axis][i]);
        float& change = change_[axis][i];
        float& gain = gain_[axis][i];
        gain = std::max(kLeastGain, (gradient > 0) != (change > 0) ? gain + 0.2F : gain * 0.8F);
        change = momentum * change - rate * gain * gradient;
        place_[axis][i] += change;
        middle += place_[axis][i];
      }
      for (float& place : place_[axis]) place -= float(middle / double(count_));
    }
  }

  // Forgets its momentum and gains, which belong to the attraction so far.
  void start_anew() {
    for (int axis = 0; axis < 2; ++axis) {
      std::fill(change_[axis].begin(), change_[axis].end(), 0.F);
      std::fill(gain_[axis].begin(), gain_[axis].end(), 1.F);
    }
  }

  torch::Tensor places() const {
    torch::Tensor both = torch::empty({2, count_}, torch::kFloat);
    for (int axis = 0; axis < 2; ++axis)
      std::copy(place_[axis].begin(), place_[axis].end(), both.data_ptr<float>() + axis * count_);
    return both.t().to(torch::kDouble).contiguous();
  }

 private:
  // Adds each point's forces on all others. Every sum has its own place, so the compiler may use
  // vectors without changing the order of additions.
  void add_forces() {
    for (int axis = 0; axis < 2; ++axis) {
      std::fill(attraction_[axis].begin(), attraction_[axis].end(), 0.F);
      std::fill(repulsion_[axis].begin(), repulsion_[axis].end(), 0.F);
    }
    std::fill(density_.begin(), density_.end(), 0.F);
    const float* const x = place_[0].data();
    const float* const y = place_[1].data();
    float *const near_x = attraction_[0].data(), *const near_y = attraction_[1].data(),
                 *const far_x = repulsion_[0].data(), *const far_y = repulsion_[1].data(),
                 *const density = density_.data();
    for (std::int64_t i = 0; i < count_; ++i) {
      const float* const p = probabilities_.data_ptr<float>() + i * count_;
      const float own_x = x[i], own_y = y[i];
#pragma GCC ivdep
      for (std::int64_t j = 0; j < count_; ++j) {
        const float dx = x[j] - own_x, dy = y[j] - own_y;
        const float closeness = 1 / (1 + dx * dx + dy * dy);
        const float pull = p[j] * closeness, push = closeness * closeness;
        near_x[j] += pull * dx;
        near_y[j] += pull * dy;
        far_x[j] += push * dx;
        far_y[j] += push * dy;
        density[j] += closeness;
      }
      density[i] -= 1;  // a point is not its own neighbour
    }
  }

  const std::int64_t count_;
  const torch::Tensor probabilities_;  // [N,N] f32
  std::vector<float> place_[2], change_[2], gain_[2], attraction_[2], repulsion_[2], density_;
};

}  // namespace

torch::Tensor neighbour_probabilities(const torch::Tensor& points, double perplexity) {
  const torch::NoGradGuard no_gradients;
  const torch::Tensor lengths = (points * points).sum(1, /*keepdim=*/true);
  const torch::Tensor squares =
      (lengths + lengths.t() - 2 * points.matmul(points.t())).clamp_min(0).contiguous();
  const std::int64_t count = points.size(0);
  const double entropy = std::log(std::min(perplexity, double(count - 1) / 3));
  torch::Tensor conditional = torch::empty({count, count}, torch::kDouble);
  for (std::int64_t i = 0; i < count; ++i) {
    conditional_probabilities(squares.data_ptr<double>() + i * count, count, i, entropy,
                              conditional.data_ptr<double>() + i * count);
  }
  return (conditional + conditional.t()) / (2 * double(count));
}

torch::Tensor tsne(const torch::Tensor& points, const TsneOptions& options) {
  const torch::NoGradGuard no_gradients;
  const torch::Tensor compared = principal_components(points, kComparedComponents);
  const std::int64_t axes = std::min<std::int64_t>(2, compared.size(1));
  torch::Tensor start = torch::zeros({points.size(0), 2}, torch::kDouble);
  start.narrow(1, 0, axes).copy_(compared.narrow(1, 0, axes));
  start *= kStartDeviation / std::max(start.select(1, 0).std().item<double>(), 1e-30);
  Layout layout(neighbour_probabilities(compared, options.perplexity), start);
  const auto rate = float(std::max(50., double(points.size(0)) / kExaggeration));
  const int early_iterations = std::min(kEarlyIterations, options.iterations / 2);
  for (int i = 0; i < options.iterations; ++i) {
    if (i == early_iterations) layout.start_anew();
    const bool early = i < early_iterations;
    layout.step(early ? kExaggeration : 1, early ? kEarlyMomentum : kLateMomentum, rate);
  }
  return layout.places();
}

}  // namespace rod::trainer
