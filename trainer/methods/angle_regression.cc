// Learns the classes from the source, and from both domains the angle between RGB and depth, which
// are rotated by any angle instead of quarter turns.
// Source: the course's variation on Loghmani et al. (arXiv 2004.10016): one output, squeezed into
// a full turn by a sigmoid or a hyperbolic tangent; the loss is |sin| of half the difference, which
// is the same for an angle and for that angle plus a full turn.
#include <cmath>

#include "trainer/methods/pretext.h"

namespace rod::trainer {
namespace {

constexpr std::int64_t kAngles = 1 << 16;  // as many as look like all; labels stay integers

torch::Tensor half_sine(const torch::Tensor& angle, const Minibatch& batch) {
  const torch::Tensor expected = batch.label.to(torch::kFloat) * (2 * M_PI / double(kAngles));
  return ((angle - expected) / 2).sin().abs().mean();
}

torch::Tensor output(Network& network, const Features& features) {
  return network->classify_rotation(features.map).select(1, 0);
}

torch::Tensor sigmoid_task(Network& network, const Features& features, const Minibatch& batch) {
  return half_sine(output(network, features).sigmoid() * (2 * M_PI), batch);
}

torch::Tensor tanh_task(Network& network, const Features& features, const Minibatch& batch) {
  return half_sine((output(network, features).tanh() + 1) * M_PI, batch);
}

}  // namespace

extern const Method kAngleSigmoid, kAngleTanh;
const Method kAngleSigmoid{
    "rr-regression",          "relative rotation by any angle, which is estimated",
    pretext_streams(kAngles), pretext_losses(),
    SecondHead::kAngle,       backward_of<sigmoid_task>};
const Method kAngleTanh{
    "rr-regression-tanh",     "the same with a hyperbolic tangent instead of a sigmoid",
    pretext_streams(kAngles), pretext_losses(),
    SecondHead::kAngle,       backward_of<tanh_task>};

}  // namespace rod::trainer
