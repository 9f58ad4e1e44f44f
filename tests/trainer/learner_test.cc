#include "trainer/learning/learner.h"

#include <ATen/record_function.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/trainer/small_step.h"
#include "tests/trainer/tiny_dataset.h"
#include "trainer/learning/loss_history.h"

namespace rod::trainer {
namespace {

// While it lives, collects the operations that return a value of a tensor to the host, or a tensor
// whose size depends on values: on a GPU each of them waits for the device.
class Waits {
 public:
  Waits()
      : handle_(at::addGlobalCallback(at::RecordFunctionCallback(see).scopes(
            {at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}))) {
    seen_.clear();
  }
  ~Waits() { at::removeCallback(handle_); }
  Waits(const Waits&) = delete;
  Waits& operator=(const Waits&) = delete;

  const std::set<std::string>& seen() const { return seen_; }

 private:
  static std::unique_ptr<at::ObserverContext> see(const at::RecordFunction& call) {
    for (const char* name :
         {"aten::_local_scalar_dense", "aten::item", "aten::is_nonzero", "aten::equal",
          "aten::nonzero", "aten::masked_select", "aten::_unique2", "aten::allclose"}) {
      if (std::string(call.name()) == name) seen_.insert(name);
    }
    return nullptr;
  }

  static inline std::set<std::string> seen_;
  const at::CallbackHandle handle_;
};

TEST(Waits, AreSeen) {
  const torch::Tensor x = torch::tensor({1.f, 0.f});
  const Waits waits;
  (x * 2).sum();
  EXPECT_TRUE(waits.seen().empty());
  x.sum().item<float>();
  x.nonzero();
  EXPECT_EQ(waits.seen().count("aten::_local_scalar_dense"), 1);
  EXPECT_EQ(waits.seen().count("aten::nonzero"), 1);
}

class StepOf : public testing::TestWithParam<const Method*> {};

TEST_P(StepOf, DoesNotWaitForTheDevice) {
  const Method& method = *GetParam();
  TrainConfig config = tiny_config("", "");
  config.method = method.name;
  for (const bool scaled : {false, true}) {
    Learner learner = make_learner(config, kSmallClasses, torch::kCPU);
    if (scaled) learner.scaler.emplace(torch::kCPU);
    LossHistory losses;
    const Waits waits;
    for (std::uint64_t step = 0; step < 2; ++step)
      losses.add(learner.step(1, step, random_batches(method, 6, step)));
    EXPECT_TRUE(waits.seen().empty()) << *waits.seen().begin() << (scaled ? ", scaled" : "");
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, StepOf, testing::ValuesIn(all_methods()), method_test_name);

}  // namespace
}  // namespace rod::trainer
