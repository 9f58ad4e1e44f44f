#include "trainer/run/stop_reason.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "base/error.h"
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

namespace {

constexpr double kFirstSaveSeconds = 2;                                    // until one was measured
constexpr double kSpareSaves = 1.5, kSpareSteps = 2, kSpareSeconds = 0.3;  // in hand at the limit
constexpr double kMostOfLimit = 0.5;                 // a short limit is not all reserve
constexpr std::chrono::seconds kSignalPatience{6};   // for the drive, when a signal ends the run
constexpr std::chrono::seconds kLeastPatience{1};    // the same at the limit
constexpr std::chrono::minutes kFinishPatience{10};  // the same when the run is complete

Clock::duration to_duration(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

// The next time after `now` at which the clock shows HH:MM.
std::time_t next_time(const std::string& clock, std::time_t now) {
  int hour = -1, minute = -1, used = 0;
  if (std::sscanf(clock.c_str(), "%2d:%2d%n", &hour, &minute, &used) != 2 ||
      used != static_cast<int>(clock.size()) || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--until '{}' is not understood; write HH:MM", clock));
  }
  std::tm local{};
  ::localtime_r(&now, &local);
  local.tm_hour = hour;
  local.tm_min = minute;
  local.tm_sec = 0;
  local.tm_isdst = -1;
  std::time_t then = std::mktime(&local);
  if (then <= now) {
    ++local.tm_mday;
    local.tm_isdst = -1;
    then = std::mktime(&local);
  }
  return then;
}

std::optional<Clock::time_point> earlier_end(const TrainConfig& config, Clock::time_point start,
                                             std::time_t local_now) {
  std::optional<double> seconds;
  if (config.max_time > 0) seconds = config.max_time;
  if (!config.until.empty()) {
    const double wait = std::difftime(next_time(config.until, local_now), local_now);
    seconds = std::min(seconds.value_or(wait), wait);
  }
  if (!seconds) return std::nullopt;
  return start + to_duration(*seconds);
}

}  // namespace

std::string shown_until(const std::string& clock, std::time_t now) {
  const std::time_t then = next_time(clock, now);
  std::tm local{};
  ::localtime_r(&then, &local);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M %Z (UTC%z)", &local);
  return {text, size};
}

TimeLimit::TimeLimit(const TrainConfig& config, Clock::time_point start, std::time_t local_now)
    : start_(start), end_(earlier_end(config, start, local_now)) {}

bool TimeLimit::is_near(Clock::time_point now, double save, double step) const {
  if (!end_) return false;
  const double limit = std::chrono::duration<double>(*end_ - start_).count();
  const double reserve =
      kSpareSaves * (save > 0 ? save : kFirstSaveSeconds) + kSpareSteps * step + kSpareSeconds;
  return now >= *end_ - to_duration(std::min(reserve, kMostOfLimit * limit));
}

Clock::time_point TimeLimit::end_of_wait(Clock::time_point from, bool signalled) const {
  if (signalled) return from + kSignalPatience;
  const Clock::time_point most = from + kFinishPatience;
  return end_ ? std::clamp(*end_, from + kLeastPatience, most) : most;
}

}  // namespace rod::trainer
