// The table of methods. To add one, write a file in this folder and add its line here.
#include <fmt/format.h>

#include "base/error.h"
#include "trainer/methods/method.h"

// clang-format off
#define ROD_METHODS(METHOD)    \
  METHOD(kRelativeRotation)    \
  METHOD(kSourceOnly)          \
  METHOD(kAbsoluteRotation)    \
  METHOD(kAngleSigmoid)        \
  METHOD(kAngleTanh)           \
  METHOD(kDomainAdversarial)   \
  METHOD(kMeanDiscrepancy)     \
  METHOD(kStepwiseFeatureNorm) \
  METHOD(kHardFeatureNorm)
// clang-format on

namespace rod::trainer {

#define DECLARE(method) extern const Method method;
ROD_METHODS(DECLARE)
#undef DECLARE

const std::vector<const Method*>& all_methods() {
#define ADDRESS(method) &method,
  static const std::vector<const Method*> methods = {ROD_METHODS(ADDRESS)};
#undef ADDRESS
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

}  // namespace rod::trainer
