// The whole look at a machine, with a PATH of the test's own.
#include "doctor/doctor.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "base/error.h"
#include "base/machine.h"
#include "base/stop.h"
#include "tests/temporary_folder.h"

namespace rod::doctor {
namespace {

// Dies with the exit code that `rodprep doctor` would have, where `folder` is the PATH.
[[noreturn]] void look_with_path(const std::filesystem::path& folder) {
  install_stop_handlers();
  ::setenv("PATH", folder.c_str(), 1);
  DoctorOptions options;
  options.disk = folder;
  options.quiet = true;
  try {
    look_at_machine(options);
  } catch (const Error& error) {
    ::_exit(error.exit_code());
  }
  ::_exit(0);
}

TEST(DoctorDeathTest, ASignalEndsItWhileAProgramIsAsked) {
  const TemporaryFolder folder;
  const auto fake = [&](const std::string& name, const std::string& signal) {
    std::ofstream(folder / name) << "#!/bin/sh\nkill -" << signal
                                 << " $PPID\nexec /bin/sleep 1000\n";
    std::filesystem::permissions(folder / name, std::filesystem::perms::owner_all);
  };
  fake("python3", "TERM");
  EXPECT_EXIT(look_with_path(folder.path()), testing::ExitedWithCode(143), "");
  fake("nvidia-smi", "INT");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EXIT(look_with_path(folder.path()), testing::ExitedWithCode(130), "");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(15))
      << "the driver's 20 s were waited for";
}

TEST(Doctor, CountsWithNoMoreCoresThanJobs) {
  const TemporaryFolder folder;
  DoctorOptions options;
  options.archive = options.disk = folder.path();
  options.size = 16;
  options.quiet = true;
  options.jobs = 1;
  EXPECT_EQ(look_at_machine(options).processor.usable, 1u);
  options.jobs = 1024;
  const Processor processor = look_at_machine(options).processor;
  EXPECT_EQ(processor.available, available_cores());
  EXPECT_EQ(processor.usable, processor.available);
}

}  // namespace
}  // namespace rod::doctor
