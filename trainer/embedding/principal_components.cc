#include "trainer/embedding/principal_components.h"

#include <algorithm>

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

}  // namespace rod::trainer
