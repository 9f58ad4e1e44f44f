// What only a GPU can tell. Skipped by name where there is none.
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "tests/trainer/small_step.h"
#include "tests/trainer/tiny_dataset.h"
#include "trainer/input/feed.h"
#include "trainer/learning/learner.h"
#include "trainer/tensor/device.h"

namespace rod {
namespace {

class Gpu : public testing::Test {
 protected:
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "no GPU";
    write_tiny_dataset(folder_.path());
    device_ = choose_device("cuda");
  }

  std::unique_ptr<Feed> feed(const Method& method, const torch::Device& device) const {
    const Splits splits = open_splits(config_, open_dataset(config_.data), device);
    return std::make_unique<Feed>(method.streams, splits, config_, device, 0);
  }

  const TemporaryFolder folder_;
  TrainConfig config_ = tiny_config(folder_.path(), "");
  torch::Device device_ = torch::kCPU;
};

TEST_F(Gpu, IsFedWhatACpuIsFed) {
  for (const char* name : {"rr", "rr-regression"}) {
    for (const char* residency : {"stream", "device"}) {
      config_.residency = residency;
      const Method& method = find_method(name);
      const auto here = feed(method, torch::kCPU), there = feed(method, device_);
      for (int step = 0; step < 8; ++step) {
        const auto expected = here->next(), found = there->next();
        for (std::size_t s = 0; s < expected.size(); ++s) {
          EXPECT_TRUE(torch::equal(found[s].index, expected[s].index));
          EXPECT_TRUE(torch::equal(found[s].label.cpu(), expected[s].label));
          for (torch::Tensor Minibatch::*images : {&Minibatch::rgb, &Minibatch::depth}) {
            const torch::Tensor difference = (to_pixels(found[s].*images).cpu().to(torch::kInt) -
                                              to_pixels(expected[s].*images).to(torch::kInt))
                                                 .abs();
            EXPECT_LE(difference.max().item<int>(), 1) << name << ", stream " << s;
          }
        }
      }
    }
  }
}

TEST_F(Gpu, IsNotWaitedForInAStep) {
  const torch::Tensor large = torch::rand({8192, 8192}, device_);
  const auto work = [&] { return torch::mm(large, large); };
  work();
  for (const Method* method : all_methods()) {
    config_.method = method->name;
    const auto fed = feed(*method, device_);
    Learner learner = make_learner(config_, kTinyClasses, device_);
    std::uint64_t step = 0;
    const auto train = [&] { learner.step(1, step++, fed->next()); };
    for (int i = 0; i < 3; ++i) train();  // takes memory and chooses algorithms, for which it waits
    synchronize(device_);
    for (int i = 0; i < 100; ++i) work();  // a second and more
    c10::Event done(torch::kCUDA);
    done.record(c10::impl::VirtualGuardImpl(torch::kCUDA).getStream(device_));
    train();
    EXPECT_FALSE(done.query()) << method->name << ": the step has waited";
    synchronize(device_);
  }
}

TEST_F(Gpu, RepeatsEveryBitWhenAsked) {
  set_up_arithmetic(/*deterministic=*/true);
  config_.image_size = 128;  // with the stem's pooling
  for (const Method* method : all_methods()) {
    config_.method = method->name;
    const auto weights = [&] {
      const auto fed = feed(*method, device_);
      Learner learner = make_learner(config_, kTinyClasses, device_);
      for (std::uint64_t step = 0; step < 5; ++step) learner.step(1, step, fed->next());
      return learner.network->state();
    };
    const NamedTensors once = weights(), again = weights();
    for (std::size_t i = 0; i < once.size(); ++i)
      EXPECT_TRUE(torch::equal(once[i].second, again[i].second))
          << method->name << ": " << once[i].first;
  }
  set_up_arithmetic(/*deterministic=*/false);
}

TEST_F(Gpu, TrainsInHalfPrecision) {
  for (const char* amp : {"fp16", "bf16"}) {
    config_.amp = amp;
    const auto fed = feed(find_method(config_.method), device_);
    Learner learner = make_learner(config_, kTinyClasses, device_);
    for (std::uint64_t step = 0; step < 5; ++step) {
      for (const auto& [name, loss] : learner.step(1, step, fed->next())) {
        EXPECT_TRUE(loss.isfinite().all().item<bool>()) << amp << ": " << name;
      }
    }
  }
}

}  // namespace
}  // namespace rod
