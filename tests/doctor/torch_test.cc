#include <gtest/gtest.h>

#include <fstream>

#include "doctor/machine_state.h"
#include "tests/temporary_folder.h"

namespace rod::doctor {
namespace {

TEST(ParseTorch, ReadsVersionCudaAndArchitectures) {
  const auto torch = parse_torch("2.11.0+cu128\n12.8\nsm_75 sm_80 compute_120\n");
  ASSERT_NE(found(torch), nullptr);
  EXPECT_EQ(found(torch)->version, "2.11.0+cu128");
  EXPECT_EQ(found(torch)->cuda, "12.8");
  EXPECT_EQ(found(torch)->architectures,
            (std::vector<std::string>{"sm_75", "sm_80", "compute_120"}));
}

TEST(ParseTorch, ABuildForTheCpuHasNoCuda) {
  const auto torch = parse_torch("2.13.0+cpu\nNone\n\n");
  ASSERT_NE(found(torch), nullptr);
  EXPECT_TRUE(found(torch)->cuda.empty());
  EXPECT_TRUE(found(torch)->architectures.empty());
}

TEST(ParseTorch, SilenceIsNamed) {
  EXPECT_FALSE(why_missing(parse_torch("")).empty());
}

TEST(TorchOfRodtrain, IsWhatItsLauncherSays) {
  const TemporaryFolder folder;
  std::ofstream(folder / "rodtrain") << "#!/bin/sh\n# Starts it.\nbuilt_for=\"1.13.1 cpu\"  # so\n";
  EXPECT_EQ(torch_of_rodtrain(folder / "rodtrain"), "1.13.1 cpu");
  std::ofstream(folder / "program") << std::string(100'000, '\0');
  EXPECT_EQ(torch_of_rodtrain(folder / "program"), "");
  EXPECT_EQ(torch_of_rodtrain(folder / "absent"), "");
}

TEST(HasKernels, MachineCodeServesItsMajorVersionUpwards) {
  EXPECT_TRUE(has_kernels({"sm_75", "sm_80"}, 75));
  EXPECT_TRUE(has_kernels({"sm_80"}, 86));
  EXPECT_FALSE(has_kernels({"sm_86"}, 80)) << "newer than the GPU";
  EXPECT_FALSE(has_kernels({"sm_75", "sm_80", "sm_90"}, 60)) << "a P100";
  EXPECT_FALSE(has_kernels({"sm_75"}, 80)) << "another major version";
  EXPECT_TRUE(has_kernels({"sm_90a"}, 90));
}

TEST(HasKernels, PortableCodeServesEverythingNewer) {
  EXPECT_TRUE(has_kernels({"sm_50", "compute_50"}, 75));
  EXPECT_FALSE(has_kernels({"compute_90"}, 75));
  EXPECT_FALSE(has_kernels({}, 75));
  EXPECT_FALSE(has_kernels({"nonsense", "sm_"}, 75));
}

}  // namespace
}  // namespace rod::doctor
