#include "trainer/log/trace.h"

#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "tests/trainer/small_step.h"
#include "trainer/learning/optimizer.h"

namespace rod::trainer {
namespace {

class TraceTest : public testing::Test {
 protected:
  void SetUp() override {
    Trace trace(folder_ / "trace", {{"arch", "resnet10-slim"}});
    trace.begin(12, method_, network_, batches_);
    for (const auto& [name, tensor] : network_->state()) {
      before_.emplace_back(name, tensor.detach().clone());
    }
    losses_ = method_.backward(network_, batches_, {});
    sgd_.step();
    trace.end(network_, sgd_, {}, losses_);
  }

  shard::SafetensorsFile file() const {
    return shard::SafetensorsFile(folder_ / "trace" / "step-000000012.safetensors");
  }

  const TemporaryFolder folder_;
  const Method& method_ = find_method("rr");
  Network network_ = small_network(SecondHead::kRelativeRotation);
  Sgd sgd_{{{network_->backbone_parameters(), .1}, {network_->head_parameters(), .1}}, {}};
  const std::vector<Minibatch> batches_ = random_batches(method_, 4);
  NamedTensors before_;
  NamedLosses losses_;
};

TEST_F(TraceTest, HoldsEachStreamsBatchAsTheNetworkGotIt) {
  const shard::SafetensorsFile trace = file();
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    const std::string stream = std::string(method_.streams[i].name) + ".";
    EXPECT_TRUE(read_tensor(trace, stream + "rgb").equal(batches_[i].rgb));
    EXPECT_TRUE(read_tensor(trace, stream + "depth").equal(batches_[i].depth));
    EXPECT_TRUE(read_tensor(trace, stream + "label").equal(batches_[i].label));
    EXPECT_TRUE(read_tensor(trace, stream + "index").equal(batches_[i].index));
    EXPECT_TRUE(read_tensor(trace, stream + "augment").equal(batches_[i].augment));
  }
}

TEST_F(TraceTest, HoldsTheNetworkBeforeAndAfter) {
  const shard::SafetensorsFile trace = file();
  bool moved = false;
  for (const auto& [name, tensor] : before_) {
    const torch::Tensor before = read_tensor(trace, "before." + name);
    EXPECT_TRUE(before.equal(tensor)) << name;
    moved = moved || !before.equal(read_tensor(trace, "after." + name));
  }
  for (const auto& [name, tensor] : network_->state()) {
    EXPECT_TRUE(read_tensor(trace, "after." + name).equal(tensor)) << name;
  }
  EXPECT_TRUE(moved);
}

TEST_F(TraceTest, HoldsEachLossAsOneNumber) {
  const shard::SafetensorsFile trace = file();
  for (const auto& [name, loss] : losses_) {
    EXPECT_TRUE(read_tensor(trace, name).equal(loss.reshape({1}))) << name;
  }
}

TEST_F(TraceTest, HoldsTheMomentumOfEachParameter) {
  const shard::SafetensorsFile trace = file();
  for (const auto& [name, momentum] : sgd_.state()) {
    const std::string parameter = name.substr(std::string("optimizer.").size());
    EXPECT_TRUE(read_tensor(trace, parameter).equal(momentum)) << name;
  }
}

TEST_F(TraceTest, HoldsNothingElse) {
  EXPECT_EQ(file().tensors().size(), 4 * 5 + 4 + 2 * before_.size() + sgd_.state().size());
  EXPECT_EQ(file().metadata(), (shard::Metadata{{"arch", "resnet10-slim"},
                                                {"step", "12"},
                                                {"weight_rot", "1"},
                                                {"weight_ent", "0.1"},
                                                {"weight_adapt", "1"},
                                                {"progress", "1"}}));
}

}  // namespace
}  // namespace rod::trainer
