#include "trainer/network/pretrained.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "io/file.h"
#include "tests/temporary_folder.h"
#include "tests/trainer/small_step.h"
#include "trainer/pth/pth_file.h"
#include "trainer/tensor/tensor_io.h"

namespace rod::trainer {
namespace {

// Weights of another seed than small_network()'s, written under other names.
class PretrainedTest : public testing::Test {
 protected:
  PretrainedTest() {
    const torch::NoGradGuard no_gradients;
    for (auto& [name, tensor] : other_->state()) {
      if (tensor.is_floating_point()) tensor.add_(1);
    }
  }

  // Those of the other network's tensors for which rename(name) is not empty.
  template <typename Rename>
  std::filesystem::path write(const std::string& file, const Rename& rename) {
    TensorSnapshot tensors;
    for (const auto& [name, tensor] : other_->state()) {
      if (const std::string renamed = rename(name); !renamed.empty()) tensors.add(renamed, tensor);
    }
    for (const auto& [name, tensor] : extra_) tensors.add(name, tensor);
    const auto path = folder_.path() / file;
    if (path.extension() == ".pth") {
      write_pth(path, tensors.data());
    } else {
      shard::write_safetensors(path, tensors.data(), {});
    }
    return path;
  }

  static std::string inside(const std::string& name, const std::string& module) {
    return name.starts_with(module + ".") ? name.substr(module.size() + 1) : "";
  }

  // `module` has the weights of `source` in the other network.
  bool loaded(const std::string& module, const std::string& source) {
    return same(*network_, module, *other_, source);
  }
  bool untouched(const std::string& module) {
    return same(*network_, module, *small_network(SecondHead::kRelativeRotation), module);
  }

  std::string refusal(const std::filesystem::path& path) {
    try {
      load_pretrained(path, network_);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
      return error.what();
    }
    return "accepted";
  }

  const TemporaryFolder folder_;
  Network network_ = small_network(SecondHead::kRelativeRotation);
  Network other_ = small_network(SecondHead::kRelativeRotation);
  NamedTensors extra_;

 private:
  static bool same(NetworkImpl& a, const std::string& module_a, NetworkImpl& b,
                   const std::string& module_b) {
    std::map<std::string, torch::Tensor> theirs;
    for (const auto& [name, tensor] : b.state()) theirs.emplace(name, tensor);
    for (const auto& [name, tensor] : a.state()) {
      if (!name.starts_with(module_a + ".")) continue;
      if (!tensor.equal(theirs.at(module_b + name.substr(module_a.size())))) return false;
    }
    return true;
  }
};

std::string as_it_is(const std::string& name) {
  return name;
}

TEST_F(PretrainedTest, TakesAWholeNetwork) {
  for (const char* file : {"all.safetensors", "all.pth"}) {
    network_ = small_network(SecondHead::kRelativeRotation);
    load_pretrained(write(file, as_it_is), network_);
    for (const char* module : {"netG_rgb", "netG_depth", "netF", "netF_rot"}) {
      EXPECT_TRUE(loaded(module, module)) << file << module;
    }
  }
}

TEST_F(PretrainedTest, PutsAResNetIntoBothBackbonesAndLeavesItsClassifierOut) {
  extra_ = {{"fc.weight", torch::ones({1000, 128})}, {"fc.bias", torch::ones({1000})}};
  const auto path =
      write("resnet.pth", [](const std::string& name) { return inside(name, "netG_rgb"); });
  const std::string text = load_pretrained(path, network_);
  EXPECT_TRUE(loaded("netG_rgb", "netG_rgb"));
  EXPECT_TRUE(loaded("netG_depth", "netG_rgb"));
  EXPECT_TRUE(untouched("netF"));
  EXPECT_NE(text.find("netG_depth ("), std::string::npos) << text;
}

TEST_F(PretrainedTest, PutsTheCoursesFileOfOneBackboneThere) {
  const auto path = write("rgbd-rr_resnet18_netG_depth_epoch40.pth",
                          [](const std::string& name) { return inside(name, "netG_depth"); });
  load_pretrained(path, network_);
  EXPECT_TRUE(loaded("netG_depth", "netG_depth"));
  EXPECT_TRUE(untouched("netG_rgb"));
}

TEST_F(PretrainedTest, KnowsTheCoursesHeadsByTheirLayers) {
  load_pretrained(write("x_netF_rgbd_epoch40.pth",
                        [](const std::string& name) { return inside(name, "netF"); }),
                  network_);
  EXPECT_TRUE(loaded("netF", "netF"));
  EXPECT_TRUE(untouched("netF_rot"));
  load_pretrained(write("x_netF_rot_rgbd_epoch40.pth",
                        [](const std::string& name) { return inside(name, "netF_rot"); }),
                  network_);
  EXPECT_TRUE(loaded("netF_rot", "netF_rot"));
}

TEST_F(PretrainedTest, TakesTheModulesOfTheCoursesCheckpoint) {
  const std::vector<std::string> modules = {"netG_rgb", "netG_depth", "netF", "netF_rot"};
  extra_ = {{"optimizers.0.state.0.momentum_buffer", torch::ones({3})}};
  const auto path = write("checkpoint.pth", [&](const std::string& name) {
    for (std::size_t i = 0; i < modules.size(); ++i) {
      if (!inside(name, modules[i]).empty())
        return "modules." + std::to_string(i) + "." + inside(name, modules[i]);
    }
    return std::string();
  });
  load_pretrained(path, network_);
  for (const std::string& module : modules) EXPECT_TRUE(loaded(module, module)) << module;
}

TEST_F(PretrainedTest, ConvertsHalfPrecisionAndUnwraps) {
  for (auto& [name, tensor] : other_->state()) {
    if (tensor.is_floating_point()) {
      const torch::NoGradGuard no_gradients;
      tensor.copy_(tensor.to(torch::kHalf));
    }
  }
  TensorSnapshot tensors;
  for (const auto& [name, tensor] : other_->state()) {
    tensors.add("module." + name, tensor.is_floating_point() ? tensor.to(torch::kHalf) : tensor);
  }
  shard::write_safetensors(folder_.path() / "half.safetensors", tensors.data(), {});
  load_pretrained(folder_.path() / "half.safetensors", network_);
  EXPECT_TRUE(loaded("netG_rgb", "netG_rgb"));
}

TEST_F(PretrainedTest, LeavesOutModulesThatTheNetworkLacksAndSaysSo) {
  Network plain = small_network(SecondHead::kNone);
  EXPECT_NE(load_pretrained(write("all.pth", as_it_is), plain).find("not used: netF_rot"),
            std::string::npos);
}

TEST_F(PretrainedTest, ListsEveryTensorThatDoesNotFitAndChangesNothing) {
  extra_ = {{"netF.fc2.bias", torch::ones({47})}, {"netG_rgb.layer9.weight", torch::ones({1})}};
  const auto path = write("all.pth", [](const std::string& name) {
    return name == "netF.fc2.bias" || name == "netG_depth.conv1.weight" ? std::string() : name;
  });
  const std::string message = refusal(path);
  EXPECT_NE(message.find("netF.fc2.bias is [47], expected [5]"), std::string::npos) << message;
  EXPECT_NE(message.find("netG_depth.conv1.weight is missing"), std::string::npos) << message;
  EXPECT_NE(message.find("netG_rgb.layer9.weight has no place"), std::string::npos) << message;
  for (const char* module : {"netG_rgb", "netG_depth", "netF", "netF_rot"})
    EXPECT_TRUE(untouched(module));
}

TEST_F(PretrainedTest, RefusesAFileWithoutTensors) {
  const auto path = folder_.path() / "empty.safetensors";
  shard::write_safetensors(path, {}, {});
  EXPECT_NE(refusal(path).find("holds no tensors"), std::string::npos);
}

TEST_F(PretrainedTest, RefusesAnotherProgramsTensors) {
  extra_ = {{"encoder.block.0.weight", torch::ones({1})}};
  const auto path = write("bert.safetensors", [](const std::string&) { return std::string(); });
  EXPECT_NE(refusal(path).find("encoder.block.0.weight"), std::string::npos);
}

}  // namespace
}  // namespace rod::trainer
