#include "prepare/drive_retry.h"

#include "base/status_line.h"
#include "io/drive_file.h"

namespace rod::prepare {

DriveRetry::DriveRetry(std::chrono::seconds time, bool quiet)
    : time_(time), state_(std::make_shared<State>()) {
  state_->quiet = quiet;
}

io::Retrying DriveRetry::retrying() const {
  io::Retrying how;
  how.policy.give_up_after = time_;
  how.stop = io::stop_on_signal();
  how.log = [state = state_](const std::string& text) {
    const std::lock_guard lock(state->mutex);
    if (state->progress) {
      state->progress->say(text);
    } else if (!state->quiet) {
      write_stderr(text + "\n");
    }
  };
  return how;
}

io::FileOpener DriveRetry::opener() const {
  return [how = retrying()](const std::filesystem::path& path) {
    return io::open_retrying(path, how);
  };
}

DriveRetry::LogTo::LogTo(const DriveRetry& retry, Progress& progress) : retry_(retry) {
  const std::lock_guard lock(retry_.state_->mutex);
  retry_.state_->progress = &progress;
}

DriveRetry::LogTo::~LogTo() {
  const std::lock_guard lock(retry_.state_->mutex);
  retry_.state_->progress = nullptr;
}

}  // namespace rod::prepare
