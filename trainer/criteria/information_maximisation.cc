// Information maximisation: the entropy of the mean prediction less the mean entropy of all
// predictions, in nats. It is large where each prediction is sure and all classes occur.
// Source: Bridle, Heading and MacKay, "Unsupervised classifiers, mutual information and phantom
// targets" (NIPS 1991), equation 2; as a choice of networks: Musgrave, Belongie and Lim, "Three new
// validators and a large-scale benchmark ranking for unsupervised domain adaptation"
// (arXiv 2208.07360), section 3.
#include "trainer/criteria/criterion.h"

namespace rod::trainer {
namespace {

double mutual_information(const torch::Tensor& logits) {
  const torch::Tensor log_p = logits.log_softmax(1), p = log_p.exp();
  const torch::Tensor mean = p.mean(0);
  const torch::Tensor of_mean = at::special_entr(mean).sum();
  const torch::Tensor mean_of = -(p * log_p).sum(1).mean();
  return (of_mean - mean_of).item<double>();
}

}  // namespace

extern const Criterion kInformationMaximisation = {
    "im", "information maximisation: sure of each sample, and of all classes in turn",
    mutual_information};

}  // namespace rod::trainer
