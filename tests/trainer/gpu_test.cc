// What only a GPU can tell. Skipped by name where there is none.
#include <gtest/gtest.h>
#include <stdlib.h>
#ifdef ROD_CUDA
#include <c10/cuda/CUDAFunctions.h>
#endif

#include "tests/temporary_folder.h"
#include "tests/trainer/small_step.h"
#include "tests/trainer/tiny_dataset.h"
#include "trainer/input/augment.h"
#include "trainer/input/feed.h"
#include "trainer/learning/learner.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

class Gpu : public testing::Test {
 protected:
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "no GPU";
    // cuBLAS reads it at its first product, and some test here asks for the same bits.
    ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
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

#ifdef ROD_CUDA
// While it lives, an operation that waits for the GPU throws.
class NoWaits {
 public:
  NoWaits() { set(c10::cuda::SyncDebugMode::L_ERROR); }
  ~NoWaits() { set(c10::cuda::SyncDebugMode::L_DISABLED); }

 private:
  static void set(c10::cuda::SyncDebugMode mode) {
    c10::cuda::warning_state().set_sync_debug_mode(mode);
  }
};

TEST_F(Gpu, WaitsAreSeen) {
  const torch::Tensor one = torch::ones({1}, device_);
  const NoWaits no_waits;
  EXPECT_THROW(one.item<float>(), c10::Error);
}

TEST_F(Gpu, IsNotWaitedForInAStep) {
  for (const char* amp : {"off", "fp16", "bf16"}) {
    for (const Method* method : all_methods()) {
      config_.method = method->name;
      config_.amp = amp;
      config_.concat_batches = std::string(amp) == "off" ? "on" : "off";
      const auto fed = feed(*method, device_);
      Learner learner = make_learner(config_, kTinyClasses, device_);
      std::uint64_t step = 0;
      const auto train = [&] { learner.step(1, step++, fed->next()); };
      for (int i = 0; i < 3; ++i) train();  // takes memory and chooses algorithms, and waits for it
      const auto batches = fed->next();
      try {
        const NoWaits no_waits;
        learner.step(1, step, batches);
      } catch (const c10::Error& error) {
        ADD_FAILURE() << method->name << " " << amp << ": " << error.what();
      }
      synchronize(device_);
    }
  }
}

// Twelve steps with and without a graph, from the same seed: weights, momentum and losses.
TEST_F(Gpu, StepsOfAGraphAreTheSameBits) {
  set_up_arithmetic({.deterministic = true});
  config_.image_size = 128;
  // With "adamw" a graph reads a learning rate that changes, and clips and counts its steps.
  struct Kind {
    const char *amp, *optimizer, *concat_batches;
  };
  const std::vector<Kind> kinds = {{"off", "sgd", "off"},    {"fp16", "sgd", "off"},
                                   {"bf16", "sgd", "off"},   {"off", "adamw", "off"},
                                   {"fp16", "adamw", "off"}, {"off", "sgd", "on"},
                                   {"fp16", "sgd", "on"}};
  for (const auto& [amp, optimizer, concat_batches] : kinds) {
    for (const Method* method : all_methods()) {
      config_.method = method->name;
      config_.amp = amp;
      config_.optimizer = optimizer;
      config_.concat_batches = concat_batches;
      if (config_.optimizer == "adamw") {
        config_.schedule = "inverse";
        config_.warmup = "5steps";
        config_.clip_grad = 1;
        config_.ema = .9;
        config_.ramp_epochs = 0;
      }
      const auto train = [&](const char* graphs) {
        config_.cuda_graphs = graphs;
        const auto fed = feed(*method, device_);
        Learner learner = make_learner(config_, kTinyClasses, device_);
        if (config_.optimizer == "adamw") set_epoch_steps(learner, config_, /*epoch_steps=*/4);
        use_cuda_graphs(learner, config_, device_, [&](const std::string& text) {
          ADD_FAILURE() << method->name << ": " << text;
        });
        NamedTensors all;
        for (std::uint64_t step = 0; step < 12; ++step) {
          for (const auto& loss : learner.step(1, step, fed->next())) all.push_back(loss);
        }
        EXPECT_EQ(learner.graph && learner.graph->recorded(), std::string(graphs) == "on");
        for (const auto& tensor : learner.network->state()) all.push_back(tensor);
        for (const auto& tensor : learner.training_state()) all.push_back(tensor);
        return all;
      };
      const NamedTensors eager = train("off"), graph = train("on");
      ASSERT_EQ(eager.size(), graph.size());
      for (std::size_t i = 0; i < eager.size(); ++i) {
        EXPECT_TRUE(torch::equal(eager[i].second, graph[i].second))
            << method->name << " " << amp << ": " << eager[i].first;
      }
    }
  }
  set_up_arithmetic({});
}
#endif

// Losses and weights of a few steps with batches one after the other, and concatenated.
TEST_F(Gpu, ConcatenatedBatchesGiveTheSameUpToRounding) {
  set_up_arithmetic({.deterministic = true, .tf32 = false});
  config_.dropout_p = config_.rot_dropout_p = 0;  // rounding alone is compared
  for (const Method* method : all_methods()) {
    config_.method = method->name;
    const auto train = [&](const char* concat_batches) {
      config_.concat_batches = concat_batches;
      const auto fed = feed(*method, device_);
      Learner learner = make_learner(config_, kTinyClasses, device_);
      NamedTensors all;
      for (std::uint64_t step = 0; step < 2; ++step) {
        for (const auto& loss : learner.step(1, step, fed->next())) all.push_back(loss);
      }
      for (const auto& tensor : learner.network->state()) all.push_back(tensor);
      return all;
    };
    const NamedTensors one_by_one = train("off"), concatenated = train("on");
    ASSERT_EQ(one_by_one.size(), concatenated.size());
    for (std::size_t i = 0; i < one_by_one.size(); ++i) {
      EXPECT_TRUE(concatenated[i].second.allclose(one_by_one[i].second, 1e-3, 1e-4))
          << method->name << ": " << one_by_one[i].first;
    }
  }
  set_up_arithmetic({});
}

// The kernel and the operations that it replaces, which a CPU still runs.
TEST_F(Gpu, CropsAsACpuDoesBitForBit) {
  torch::manual_seed(1);
  for (const std::int64_t size : {24, 224}) {
    const std::int64_t side = resize_base(size), batch = 16;
    const torch::Tensor images = torch::randint(256, {batch, side, side, 3}, torch::kByte);
    const torch::Tensor augment = draw_augmentation(1, 2, 3, 0, batch, side - size, 4);
    for (const Modality modality : {Modality::kRgb, Modality::kDepth}) {
      const torch::Tensor here = transform(images, augment, modality, size, 4);
      const torch::Tensor there = transform(images.to(device_), augment, modality, size, 4);
      EXPECT_TRUE(torch::equal(there.cpu(), here)) << size;
    }
  }
}

TEST_F(Gpu, RepeatsEveryBitWhenAsked) {
  set_up_arithmetic({.deterministic = true});
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
  set_up_arithmetic({});
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
}  // namespace rod::trainer
