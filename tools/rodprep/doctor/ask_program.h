// Runs another program and returns its standard output, within a time limit.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "doctor/machine_state.h"

namespace rod::doctor {

// Runs `command` (its first word is searched on the PATH) without a shell and without input.
// Returns its standard output, truncated at 1 MiB; or Missing if it is not installed, fails (with
// the last line of its standard error), or exceeds `limit`, in which case it is killed. Throws what
// throw_if_stopped() throws, after killing the program.
Finding<std::string> ask_program(const std::vector<std::string>& command,
                                 std::chrono::seconds limit);

}  // namespace rod::doctor
