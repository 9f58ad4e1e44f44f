#include "trainer/process_group/process_group.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <tuple>

#include "base/error.h"
#include "tests/trainer/small_step.h"
#include "tests/trainer/thread_process_group.h"
#include "tests/trainer/tiny_dataset.h"
#include "tests/tries.h"
#include "trainer/learning/distribute.h"
#include "trainer/learning/optimizer.h"
#include "trainer/process_group/batch_norm.h"
#include "trainer/process_group/gradient_reducer.h"
#include "trainer/process_group/layers.h"
#include "trainer/run/stop_reason.h"

namespace rod::trainer {
namespace {

// |a - b| / |b|, over all elements.
double difference(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a - b).norm() / b.norm()).item<double>();
}

// Every parameter and running mean and variance, one after the other.
torch::Tensor all_weights(Learner& learner) {
  std::vector<torch::Tensor> flat;
  for (const auto& [name, tensor] : learner.network->state()) {
    if (tensor.is_floating_point()) flat.push_back(tensor.detach().reshape({-1}));
  }
  return torch::cat(flat);
}

torch::Tensor slice_of(const torch::Tensor& batch, const ProcessGroup& group) {
  const std::int64_t size = batch.size(0) / group.size();
  return batch.narrow(0, size * group.rank(), size);
}

std::vector<Minibatch> slices_of(std::vector<Minibatch> batches, const ProcessGroup& group) {
  for (Minibatch& batch : batches) {
    for (torch::Tensor* tensor :
         {&batch.rgb, &batch.depth, &batch.label, &batch.augment, &batch.rotations})
      *tensor = slice_of(*tensor, group);
  }
  return batches;
}

TEST(ProcessGroup, IsOneProcessWithoutTorchrunsVariables) {
  ::unsetenv("WORLD_SIZE");
  EXPECT_TRUE(ProcessGroup::join()->alone());
  ::setenv("WORLD_SIZE", "1", 1);
  EXPECT_TRUE(ProcessGroup::join()->alone());
  ::setenv("WORLD_SIZE", "two", 1);
  try {
    ProcessGroup::join();
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("WORLD_SIZE='two'"), std::string::npos)
        << error.what();
  }
  ::unsetenv("WORLD_SIZE");
}

TEST(ProcessGroup, AgreesOnTheLargestNumber) {
  run_processes(
      3, [](const auto& group) { EXPECT_EQ(group->all_reduce_max(10 - group->rank()), 10); });
}

TEST(ProcessGroup, AgreesOnTheMostUrgentReasonToStop) {
  for (const auto& [first, last, agreed] :
       {std::tuple(StopReason::kNone, StopReason::kNone, StopReason::kNone),
        {StopReason::kTimeLimit, StopReason::kNone, StopReason::kTimeLimit},
        {StopReason::kNone, StopReason::kInterrupted, StopReason::kInterrupted},
        {StopReason::kTimeLimit, StopReason::kTerminated, StopReason::kTerminated}}) {
    run_processes(3, [&, first = first, last = last, agreed = agreed](const auto& group) {
      const StopReason own = group->first() ? first : group->rank() == 2 ? last : StopReason::kNone;
      EXPECT_EQ(agree_on_stop(*group, own), agreed);
    });
  }
}

// Two processes of this program: the second does `second`, this one `first`.
void run_two_processes(const std::function<void(ProcessGroup&)>& first,
                       const std::function<void(ProcessGroup&)>& second) {
  const auto join = [](const char* rank) {
    ::setenv("RANK", rank, 1);
    return ProcessGroup::join();
  };
  ::setenv("WORLD_SIZE", "2", 1);
  ::setenv("MASTER_ADDR", "127.0.0.1", 1);
  ::setenv("MASTER_PORT", std::to_string(20000 + ::getpid() % 20000).c_str(), 1);
  if (::fork() == 0) {
    second(*join("1"));
    ::_exit(0);
  }
  first(*join("0"));
}

class TwoProcesses : public testing::Test {
 protected:
  TwoProcesses() { testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

TEST_F(TwoProcesses, EndWithAMessageWhenTheOtherHasEndedWhateverTheyWaitFor) {
  EXPECT_EXIT(
      run_two_processes([](ProcessGroup&) { ::sleep(60); }, [](ProcessGroup&) { ::_exit(1); }),
      testing::ExitedWithCode(1), "process 0 of 2: another process has exited");
}

TEST_F(TwoProcesses, MayEndAfterShutdown) {
  EXPECT_EXIT(run_two_processes(
                  [&](ProcessGroup& group) {
                    group.shutdown();
                    ::sleep(6);
                    ::_exit(0);
                  },
                  [](ProcessGroup& group) { group.shutdown(); }),
              testing::ExitedWithCode(0), "^$");
}

TEST(BatchNorm, IsTorchs) {
  torch::manual_seed(1);
  for (const bool flat : {false, true}) {
    const torch::Tensor x = flat ? torch::randn({6, 4}) : torch::randn({6, 4, 3, 3});
    BatchNorm ours(4);
    torch::nn::BatchNorm2d theirs(4);
    torch::nn::BatchNorm1d theirs_flat(4);
    const torch::Tensor expected = flat ? theirs_flat(x) : theirs(x);
    EXPECT_TRUE(ours(x).equal(expected));
    count_batches({ours.ptr()});
    const auto buffers = flat ? theirs_flat->named_buffers() : theirs->named_buffers();
    ASSERT_EQ(ours->named_buffers().keys(), buffers.keys());
    for (const auto& buffer : buffers)
      EXPECT_TRUE(ours->named_buffers()[buffer.key()].equal(buffer.value()));
  }
}

TEST(BatchNorm, OfAllProcessesIsThatOfTheGlobalBatch) {
  torch::manual_seed(1);
  const torch::Tensor batch = torch::randn({6, 4, 3, 3}) * 3 + 50,
                      factors = torch::randn({6, 4, 3, 3});
  BatchNorm alone(4);
  alone->weight.data().uniform_(.5, 2);
  torch::Tensor x = batch.clone().requires_grad_();
  const torch::Tensor y = alone(x);
  (y * factors).sum().backward();
  run_processes(3, [&](const std::shared_ptr<ProcessGroup>& group) {
    BatchNorm norm(4);
    norm->weight.data().copy_(alone->weight.detach());
    norm->join(group);
    torch::Tensor part = slice_of(batch, *group).clone().requires_grad_();
    const torch::Tensor out = norm(part);
    (out * slice_of(factors, *group)).sum().backward();
    EXPECT_LT(difference(out, slice_of(y, *group)), 1e-5);
    EXPECT_LT(difference(part.grad(), slice_of(x.grad(), *group)), 1e-4);
    EXPECT_LT(
        difference(norm->named_buffers()["running_var"], alone->named_buffers()["running_var"]),
        1e-6);
    torch::Tensor gradient = norm->weight.grad().clone();
    group->all_reduce(gradient);
    EXPECT_LT(difference(gradient, alone->weight.grad()), 1e-4);
  });
}

// Gradients of `layer`'s parameters, one after the other, and of x, for the loss (layer(x) *
// factors).sum().
template <typename Layer>
std::pair<torch::Tensor, torch::Tensor> gradients(Layer& layer, const torch::Tensor& batch,
                                                  const torch::Tensor& factors) {
  torch::Tensor x = batch.clone().requires_grad_();
  (layer(x) * factors).sum().backward();
  std::vector<torch::Tensor> flat;
  for (const torch::Tensor& parameter : layer->parameters())
    flat.push_back(parameter.grad().reshape(-1));
  return {torch::cat(flat), x.grad()};
}

template <typename Layer>
void expect_equal_bits(const std::function<Layer()>& make, const torch::Tensor& batch,
                       const torch::Tensor& factors) {
  Layer alone = make();
  const auto [expected, dx] = gradients(alone, batch, factors);
  torch::Tensor first;
  for (const std::uint32_t count : {1u, 2u, 4u}) {
    std::vector<Layer> layers;
    for (std::uint32_t rank = 0; rank < count; ++rank) layers.push_back(make());
    run_processes(count, [&, &expected = expected,
                          &dx = dx](const std::shared_ptr<ProcessGroup>& group) {
      Layer& layer = layers[group->rank()];
      layer->join(group);
      auto [found, own_dx] = gradients(layer, slice_of(batch, *group), slice_of(factors, *group));
      found *= double(group->size());
      EXPECT_LT(difference(found, expected), 1e-6) << count;
      EXPECT_LT(difference(own_dx, slice_of(dx, *group)), 1e-6) << count;
      if (count == 1) first = found;
      EXPECT_TRUE(found.equal(first)) << count;
    });
  }
}

TEST(Layers, OfAllProcessesGetTheSameBitsAsOfOne) {
  torch::manual_seed(1);
  const auto with_weights = [](auto layer) {
    const torch::NoGradGuard no_gradients;
    torch::manual_seed(2);
    for (torch::Tensor& parameter : layer->parameters()) parameter.normal_();
    return layer;
  };
  for (const bool bias : {true, false}) {
    expect_equal_bits<Convolution>([&] { return with_weights(Convolution(3, 5, 3, 2, 1, bias)); },
                                   torch::randn({8, 3, 9, 9}), torch::randn({8, 5, 5, 5}));
  }
  expect_equal_bits<Linear>([&] { return with_weights(Linear(7, 5)); }, torch::randn({8, 7}),
                            torch::randn({8, 5}));
}

TEST(Dropout, OfAllProcessesIsThatOfTheGlobalBatch) {
  const torch::Tensor ones = torch::ones({6, 50});
  Dropout alone(.4);
  torch::manual_seed(1);
  const torch::Tensor whole = alone(ones);
  for (std::uint32_t rank = 0; rank < 3;
       ++rank) {  // one after the other: threads share a generator
    Room room(3);
    const auto group = std::make_shared<ThreadProcessGroup>(room, rank, 3);
    Dropout dropout(.4);
    dropout->join(group);
    torch::manual_seed(1);
    EXPECT_TRUE(dropout(ones.narrow(0, 0, 2)).equal(whole.narrow(0, 2 * rank, 2)));
  }
}

TEST(GradientReducer, AveragesAllPassesOfAllProcesses) {
  run_processes(2, [](const std::shared_ptr<ProcessGroup>& group) {
    std::vector<torch::Tensor> parameters;
    for (int i = 0; i < 4; ++i) parameters.push_back(torch::ones({10}).requires_grad_());
    GradientReducer mean(parameters, group, /*bucket_bytes=*/80);
    for (int step = 0; step < 3; ++step) {
      for (torch::Tensor& parameter : parameters) parameter.mutable_grad().reset();
      const double rank = group->rank();
      (parameters[0] * parameters[1] * (1 + rank)).sum().backward();
      (parameters[0] * parameters[2] * 10).sum().backward();
      mean.finish();
      EXPECT_TRUE(parameters[0].grad().eq(11.5).all().item<bool>()) << step;
      EXPECT_TRUE(parameters[1].grad().eq(1.5).all().item<bool>()) << step;
      EXPECT_TRUE(parameters[2].grad().eq(10).all().item<bool>()) << step;
      EXPECT_FALSE(parameters[3].grad().defined()) << "no pass gives it one";
      EXPECT_EQ(mean.buckets(), 2u);
    }
  });
}

// Computes in double: what differs then differs by its mathematics, as rounding makes 1e-13.
Learner exact_learner(const TrainConfig& config) {
  Learner learner = make_learner(config, kSmallClasses, torch::kCPU);
  learner.network->to(torch::kDouble);
  const std::vector<ParameterGroup> groups = {
      {learner.network->backbone_parameters(), config.lr},
      {learner.network->head_parameters(), config.lr * config.lr_mult}};
  learner.optimizer = std::make_unique<Sgd>(groups, SgdOptions{.9, config.weight_decay});
  return learner;
}

class Distributed : public testing::TestWithParam<const Method*> {};

// With --sync-bn the slices' steps are the whole batch's.
void expect_steps_of_one_process(const Method& method, std::uint32_t batch_size,
                                 std::initializer_list<std::uint32_t> counts,
                                 double clip_grad = 0) {
  const std::uint64_t steps = all_tests() && std::string(method.name) == "rr" ? 20 : 2;
  TrainConfig config = tiny_config("", "");
  config.method = method.name;
  config.sync_bn = true;
  config.batch_size = batch_size;
  config.dropout_p = config.rot_dropout_p = 0;  // threads share a generator
  config.lr = 3e-4;
  config.clip_grad = clip_grad;
  Learner alone = exact_learner(config);
  std::vector<std::vector<Minibatch>> batches;
  std::vector<NamedLosses> losses;
  for (std::uint64_t step = 0; step < steps; ++step) {
    auto& batch = batches.emplace_back(random_batches(method, batch_size, step));
    for (Minibatch& part : batch) {
      part.rgb = part.rgb.to(torch::kDouble);
      part.depth = part.depth.to(torch::kDouble);
    }
    losses.push_back(alone.step(1, step, batch));
  }
  for (const std::uint32_t count : counts) {
    std::vector<Learner> learners;
    for (std::uint32_t rank = 0; rank < count; ++rank) learners.push_back(exact_learner(config));
    run_processes(count, [&](const std::shared_ptr<ProcessGroup>& group) {
      Learner& learner = learners[group->rank()];
      distribute(learner, group, config);
      EXPECT_EQ(learner.gradient_reducer == nullptr, batch_size % kChunks == 0);
      for (std::uint64_t step = 0; step < batches.size(); ++step) {
        const NamedLosses found = learner.step(1, step, slices_of(batches[step], *group));
        for (std::size_t i = 0; i < found.size(); ++i)
          EXPECT_LT(difference(found[i].second, losses[step][i].second), 1e-9) << found[i].first;
      }
      EXPECT_LT(difference(all_weights(learner), all_weights(alone)), 1e-9);
      EXPECT_LT((all_weights(learner) - all_weights(alone)).abs().max().item<double>(), 1e-9);
    });
  }
}

// Layers make the whole batch's gradients, in quarters.
TEST_P(Distributed, MakesTheStepsOfOneProcess) {
  expect_steps_of_one_process(*GetParam(), 4, {2, 4});
}

// A batch without quarters: gradients of slices are averaged in buckets, as on a GPU.
TEST_P(Distributed, MakesTheStepsOfOneProcessInBuckets) {
  expect_steps_of_one_process(*GetParam(), 6, {2, 3});
}

// Clipping follows the reduction: slices have other norms, and not all of them exceed this one.
TEST(DistributedClipping, ClipsTheGradientsOfTheWholeBatch) {
  expect_steps_of_one_process(find_method("source-only"), 4, {2}, /*clip_grad=*/.5);
  expect_steps_of_one_process(find_method("source-only"), 6, {2}, /*clip_grad=*/.5);
}

// In single precision, in which another order of adding would soon make other weights.
TEST_P(Distributed, TrainsTheSameBitsForAnyNumberOfProcesses) {
  constexpr std::int64_t kBatch = 8;
  const Method& method = *GetParam();
  TrainConfig config = tiny_config("", "");
  config.method = method.name;
  config.sync_bn = true;
  config.batch_size = kBatch;
  config.dropout_p = config.rot_dropout_p = 0;  // threads share a generator
  std::vector<std::vector<Minibatch>> batches;
  for (std::uint64_t step = 0; step < 2; ++step)
    batches.push_back(random_batches(method, kBatch, step));
  torch::Tensor first;
  for (const std::uint32_t count : {1u, 2u, 4u}) {
    std::vector<Learner> learners;
    for (std::uint32_t rank = 0; rank < count; ++rank)
      learners.push_back(make_learner(config, kSmallClasses, torch::kCPU));
    run_processes(count, [&](const std::shared_ptr<ProcessGroup>& group) {
      Learner& learner = learners[group->rank()];
      distribute(learner, group, config);
      for (std::uint64_t step = 0; step < batches.size(); ++step)
        learner.step(1, step, slices_of(batches[step], *group));
      if (count == 1) first = all_weights(learner);
      EXPECT_TRUE(all_weights(learner).equal(first)) << count;
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, Distributed, testing::ValuesIn(all_methods()), method_test_name);

TEST(Agreement, IsThatOfOptionsAndData) {
  for (const bool same : {true, false}) {
    run_processes(2, [&](const std::shared_ptr<ProcessGroup>& group) {
      TrainConfig config = tiny_config("", "");
      if (!same && !group->first()) config.seed = 7;
      if (same) return require_agreement(*group, config, "data");
      try {
        require_agreement(*group, config, "data");
        ADD_FAILURE();
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kUsage);
        const bool tells =
            std::string(error.what()).find("--seed: 7 here, 1 there") != std::string::npos;
        EXPECT_EQ(tells, !group->first()) << error.what();
      }
    });
  }
}

TEST(Distribute, RejectsABatchThatHasNoEqualSlices) {
  TrainConfig config = tiny_config("", "");
  config.batch_size = 8;
  EXPECT_THROW(require_distributable(config, 3), Error);
  config.batch_size = 3;
  EXPECT_THROW(require_distributable(config, 3), Error) << "batch normalisation of one sample";
  config.sync_bn = true;
  EXPECT_NO_THROW(require_distributable(config, 3));
}

}  // namespace
}  // namespace rod::trainer
