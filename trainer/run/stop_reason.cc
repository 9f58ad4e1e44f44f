#include "trainer/run/stop_reason.h"

#include <csignal>

#include "base/stop.h"

namespace rod::trainer {

StopReason signal_reason() {
  const int signal = stop_signal();
  if (signal == 0) return StopReason::kNone;
  return signal == SIGINT ? StopReason::kInterrupted : StopReason::kTerminated;
}

StopReason agree_on_stop(ProcessGroup& group, StopReason own) {
  if (group.alone()) return own;
  return static_cast<StopReason>(group.all_reduce_max(static_cast<std::int64_t>(own)));
}

ErrorKind error_kind(StopReason reason) {
  if (reason == StopReason::kInterrupted) return ErrorKind::kInterrupted;
  return reason == StopReason::kTerminated ? ErrorKind::kTerminated : ErrorKind::kTimeLimit;
}

std::string describe_stop(StopReason reason) {
  if (reason == StopReason::kTimeLimit) return "stopped at the time limit";
  const std::string name = reason == StopReason::kInterrupted ? "SIGINT" : "SIGTERM";
  return "stopped by " + name + (signal_reason() == reason ? "" : " to another process");
}

}  // namespace rod::trainer
