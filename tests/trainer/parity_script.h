// Runs the scripts of tests/parity, which compare the trainer's figures with PyTorch's classes.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "io/file.h"
#include "tests/temporary_folder.h"

namespace rod::trainer {

inline constexpr int kScriptSkipped = 77;

// Returns the exit status of a script of tests/parity, which says what a case is, for `cases`.
// Requires: ROD_TEST_PYTHON is not empty.
inline int run_parity_script(const char* script, const nlohmann::json& cases) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "cases.json";
  io::write_file(file, cases.dump());
  const std::string command =
      fmt::format("'{}' '{}/{}' '{}'", ROD_TEST_PYTHON, ROD_PARITY, script, file.string());
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : status;
}

// Expects that tests/parity/check_knobs.py finds PyTorch's figures in each of `cases`.
inline void expect_as_in_pytorch(const nlohmann::json& cases) {
  EXPECT_EQ(run_parity_script("check_knobs.py", cases), 0);
}

}  // namespace rod::trainer
