// The trainer's options beside PyTorch's classes.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "io/file.h"
#include "tests/temporary_folder.h"

namespace rod::trainer {

// Expects that tests/parity/check_knobs.py, which says what a case is, finds PyTorch's figures in
// each of `cases`. Requires: ROD_TEST_PYTHON is not empty.
inline void expect_as_in_pytorch(const nlohmann::json& cases) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "cases.json";
  io::write_file(file, cases.dump());
  const std::string command =
      fmt::format("'{}' '{}/check_knobs.py' '{}'", ROD_TEST_PYTHON, ROD_PARITY, file.string());
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

}  // namespace rod::trainer
