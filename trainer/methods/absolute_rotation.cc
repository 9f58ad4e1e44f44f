// Learns the classes from the source, and from both domains how each modality by itself is rotated.
// Source: Gidaris et al., "Unsupervised representation learning by predicting image rotations"
// (arXiv 1803.07728); Loghmani et al. (arXiv 2004.10016) compare relative rotation with it.
#include "trainer/methods/losses.h"
#include "trainer/methods/pretext.h"

namespace rod::trainer {
namespace {

// Columns of Minibatch::rotations.
constexpr std::int64_t kOfRgb = 0, kOfDepth = 1;

torch::Tensor rotation_loss(Network& network, const torch::Tensor& map, Modality modality,
                            const Minibatch& batch) {
  const torch::Tensor rotation =
      batch.rotations.select(1, modality == Modality::kRgb ? kOfRgb : kOfDepth);
  return torch::cross_entropy_loss(network->classify_rotation(map, modality), rotation);
}

// The sum of the modalities' losses.
torch::Tensor task(Network& network, const Features& features, const Minibatch& batch) {
  torch::Tensor loss;
  for (const Modality modality : network->options().modalities) {
    const torch::Tensor one = rotation_loss(network, features.map, modality, batch);
    loss = loss.defined() ? loss + one : one;
  }
  return loss;
}

}  // namespace

extern const Method kAbsoluteRotation;
const Method kAbsoluteRotation{"rotation",
                               "absolute rotation: which of 4 rotations each modality has",
                               pretext_streams(4),
                               pretext_losses(),
                               SecondHead::kRotationPerModality,
                               backward_of<task>};

}  // namespace rod::trainer
