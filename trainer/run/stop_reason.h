// Why a run stops early. All processes agree on the reason.
#pragma once

#include <string>

#include "base/error.h"
#include "trainer/process_group/process_group.h"

namespace rod::trainer {

// In ascending order of priority.
enum class StopReason { kNone, kTimeLimit, kInterrupted, kTerminated };

// Returns the reason given by this process's signals; never kTimeLimit.
StopReason signal_reason();

// Returns the highest reason of any process. All processes of `group` call it together. It is one
// small all-reduce on the CPU, for which no GPU waits. Throws the group's errors.
StopReason agree_on_stop(ProcessGroup& group, StopReason own);

// Returns the exit code for `reason`. Requires: reason != kNone.
ErrorKind error_kind(StopReason reason);

// "stopped by SIGINT", "stopped by SIGINT to another process", "stopped at the time limit".
std::string describe_stop(StopReason reason);

}  // namespace rod::trainer
