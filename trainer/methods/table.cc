// The methods there are: a new one is a file beside this one and its name here.
#include <fmt/format.h>

#include "base/error.h"
#include "trainer/method.h"

namespace rod {

extern const Method kRelativeRotation, kSourceOnly, kAbsoluteRotation, kAngleSigmoid, kAngleTanh,
    kDomainAdversarial, kMeanDiscrepancy, kStepwiseFeatureNorm, kHardFeatureNorm;

const std::vector<const Method*>& all_methods() {
  static const std::vector<const Method*> methods = {
      &kRelativeRotation,  &kSourceOnly,      &kAbsoluteRotation,    &kAngleSigmoid,   &kAngleTanh,
      &kDomainAdversarial, &kMeanDiscrepancy, &kStepwiseFeatureNorm, &kHardFeatureNorm};
  return methods;
}

const Method& find_method(const std::string& name) {
  std::string known;
  for (const Method* method : all_methods()) {
    if (name == method->name) return *method;
    known += fmt::format("\n  {:<18} {}", method->name, method->summary);
  }
  throw Error(ErrorKind::kUsage,
              fmt::format("--method {}: not known; the methods are{}", name, known));
}

}  // namespace rod
