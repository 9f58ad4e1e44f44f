// Another program's answer on standard output, within a time limit.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "doctor/machine_state.h"

namespace rod::doctor {

// Runs `command` (its first word is searched on the PATH) without a shell and without input.
// Missing when it is not installed, fails (the last line of what it complains of says why), or
// gives no answer in `limit`; it is then killed. The answer is cut at 1 MiB; warnings on standard
// error are no part of it. Throws as throw_if_stopped(), and kills the program then.
Finding<std::string> ask_program(const std::vector<std::string>& command,
                                 std::chrono::seconds limit);

}  // namespace rod::doctor
