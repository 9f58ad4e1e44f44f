#include "prepare/drive_patience.h"

#include "base/status_line.h"

namespace rod {

DrivePatience::DrivePatience(std::chrono::seconds time, bool quiet)
    : time_(time), state_(std::make_shared<State>()) {
  state_->quiet = quiet;
}

Patience DrivePatience::patience() const {
  return {time_, [state = state_](const std::string& text) {
            const std::lock_guard lock(state->mutex);
            if (state->progress) {
              state->progress->say(text);
            } else if (!state->quiet) {
              write_stderr(text + "\n");
            }
          }};
}

DrivePatience::Voice::Voice(const DrivePatience& patience, Progress& progress)
    : patience_(patience) {
  const std::lock_guard lock(patience_.state_->mutex);
  patience_.state_->progress = &progress;
}

DrivePatience::Voice::~Voice() {
  const std::lock_guard lock(patience_.state_->mutex);
  patience_.state_->progress = nullptr;
}

}  // namespace rod
