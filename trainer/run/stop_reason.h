// Why a run stops before its end, which all of its processes agree on.
#pragma once

#include <string>

#include "base/error.h"
#include "trainer/process_group/process_group.h"

namespace rod::trainer {

// In ascending order of priority.
enum class StopReason { kNone, kTimeLimit, kInterrupted, kTerminated };

// What this process's signals ask for: never kTimeLimit.
StopReason signal_reason();

// The highest reason that any process has. Called by all processes of `group`; it is one small
// all-reduce in the machine's memory, which no GPU waits for. Throws the group's errors.
StopReason agree_on_stop(ProcessGroup& group, StopReason own);

// The exit code that stands for `reason`. Requires: reason != kNone.
ErrorKind error_kind(StopReason reason);

// "stopped by SIGINT", "stopped by SIGINT to another process", "stopped at the time limit".
std::string describe_stop(StopReason reason);

}  // namespace rod::trainer
