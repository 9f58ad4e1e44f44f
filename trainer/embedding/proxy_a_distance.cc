#include <algorithm>

#include "trainer/embedding/embedding.h"
#include "trainer/tensor/evenly_spaced.h"

namespace rod::trainer {
namespace {

constexpr int kMostSteps = 100;
constexpr double kTolerance = 1e-8;  // of the largest change of a weight

torch::Tensor with_constant(const torch::Tensor& rows) {
  return torch::cat({rows, torch::ones({rows.size(0), 1}, rows.options())}, 1);
}

// Every other row, beginning with the first or the second.
torch::Tensor half(const torch::Tensor& rows, std::int64_t first) {
  return rows.slice(0, first, rows.size(0), 2);
}

torch::Tensor signs_of(const torch::Tensor& source, const torch::Tensor& target) {
  return torch::cat({torch::full({source.size(0)}, -1, torch::kDouble),
                     torch::full({target.size(0)}, 1, torch::kDouble)});
}

}  // namespace

torch::Tensor logistic_regression(const torch::Tensor& rows, const torch::Tensor& signs) {
  const torch::NoGradGuard no_gradients;
  if (const Span span = in_own_span(rows); span.axes.defined()) {
    // The penalty keeps the weights within the span of the rows.
    const torch::Tensor weights = logistic_regression(span.places, signs);
    return torch::cat({span.axes.matmul(weights.slice(0, 0, -1)), weights.slice(0, -1)});
  }
  const torch::Tensor x = with_constant(rows);
  torch::Tensor penalty = torch::ones({x.size(1)}, torch::kDouble);
  penalty[-1] = 1e-9;  // the constant has none, but for the matrix to be positive definite
  const auto loss = [&](const torch::Tensor& w) {
    const torch::Tensor margins = signs * x.matmul(w);
    return ((penalty * w * w).sum() / 2 - torch::log_sigmoid(margins).sum()).item<double>();
  };
  torch::Tensor weights = torch::zeros({x.size(1)}, torch::kDouble);
  double value = loss(weights);
  for (int step = 0; step < kMostSteps; ++step) {  // Newton's method, with shorter steps if needed
    const torch::Tensor p = torch::sigmoid(-signs * x.matmul(weights));
    const torch::Tensor gradient = penalty * weights - x.t().matmul(signs * p);
    const torch::Tensor hessian = x.t().matmul(x * (p * (1 - p)).unsqueeze(1)) + penalty.diag();
    torch::Tensor change =
        at::cholesky_solve(gradient.unsqueeze(1), at::linalg_cholesky(hessian)).squeeze(1);
    torch::Tensor next = weights - change;
    double next_value = loss(next);
    while (!(next_value <= value) && change.abs().max().item<double>() > kTolerance) {
      change = change / 2;
      next = weights - change;
      next_value = loss(next);
    }
    weights = next;
    value = next_value;
    if (change.abs().max().item<double>() <= kTolerance) break;
  }
  return weights;
}

double proxy_a_distance(const torch::Tensor& source, const torch::Tensor& target) {
  const torch::NoGradGuard no_gradients;
  const std::int64_t count = std::min(source.size(0), target.size(0));
  const torch::Tensor from = evenly_spaced(source, count), to = evenly_spaced(target, count);
  const torch::Tensor seen = torch::cat({half(from, 0), half(to, 0)});
  const torch::Tensor unseen = torch::cat({half(from, 1), half(to, 1)});
  const torch::Tensor mean = seen.mean(0), deviation = seen.std(0, /*unbiased=*/false);
  const torch::Tensor scale = torch::where(deviation > 0, deviation, torch::ones_like(deviation));
  const torch::Tensor weights =
      logistic_regression((seen - mean) / scale, signs_of(half(from, 0), half(to, 0)));
  const torch::Tensor answers =
      with_constant((unseen - mean) / scale).matmul(weights) * signs_of(half(from, 1), half(to, 1));
  const double error = (answers <= 0).to(torch::kDouble).mean().item<double>();
  return std::max(0., 2 * (1 - 2 * error));
}

}  // namespace rod::trainer
