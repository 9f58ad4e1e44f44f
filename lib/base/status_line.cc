#include "base/status_line.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace rod {
namespace {

constexpr std::size_t kColumnsWithoutWindow = 100;
constexpr auto kTerminalInterval = std::chrono::milliseconds(250);
constexpr auto kPlainInterval = std::chrono::seconds(30);

std::size_t window_columns() {
  struct winsize window {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0) {
    return kColumnsWithoutWindow;
  }
  return window.ws_col;
}

}  // namespace

void write_stderr(const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const auto put = ::write(STDERR_FILENO, text.data() + done, text.size() - done);
    if (put < 0 && errno != EINTR) return;
    if (put > 0) done += static_cast<std::size_t>(put);
  }
}

StatusLine::StatusLine(bool quiet, const TimeSource& time)
    : time_(time),
      quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) == 1),
      next_paint_(time.now() +
                  (terminal_ ? kTerminalInterval : std::chrono::milliseconds(kPlainInterval))) {}

StatusLine::~StatusLine() {
  if (painted_columns_ > 0) write_stderr("\n");
}

bool StatusLine::is_due() const {
  if (quiet_) return false;
  const std::lock_guard lock(mutex_);
  return time_.now() >= next_paint_;
}

void StatusLine::update(const std::string& text) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  const auto now = time_.now();
  if (now < next_paint_) return;
  next_paint_ = now + (terminal_ ? kTerminalInterval : std::chrono::milliseconds(kPlainInterval));
  paint(text);
}

void StatusLine::begin(const std::string& text) {
  if (terminal_) {
    const std::lock_guard lock(mutex_);
    next_paint_ = {};
  }
  update(text);
}

void StatusLine::say(const std::string& text) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  // Blanks cover the rest of a painted line, which the next update() paints again below.
  const std::size_t cover = painted_columns_ > text.size() ? painted_columns_ - text.size() : 0;
  write_stderr((painted_columns_ > 0 ? "\r" : "") + text + std::string(cover, ' ') + "\n");
  painted_columns_ = 0;
}

void StatusLine::finish(const std::string& text) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  paint(text);
  if (painted_columns_ > 0) write_stderr("\n");
  painted_columns_ = 0;
}

void StatusLine::paint(const std::string& text) {
  if (!terminal_) {
    write_stderr(text + "\n");
    return;
  }
  // One column stays free: a full line would wrap on some terminals.
  std::string shown = text.substr(0, window_columns() - 1);
  const std::size_t columns = shown.size();
  if (columns < painted_columns_) shown.append(painted_columns_ - columns, ' ');
  write_stderr("\r" + shown);
  painted_columns_ = columns;
}

}  // namespace rod
