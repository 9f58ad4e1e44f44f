// A status line on standard error that is updated in place while work is in progress.
#pragma once

#include <mutex>
#include <string>

#include "base/time_source.h"

namespace rod {

// On a terminal, the line is repainted in place (`\r` first and never last, no cursor movement) at
// most four times a second, and cut to the window's width, or to 100 columns if that is unknown.
// Elsewhere, a plain line appears every 30 seconds. A closed terminal is not an error. Thread-safe.
class StatusLine {
 public:
  // `time` outlives the line.
  explicit StatusLine(bool quiet, const TimeSource& time = steady_time());
  ~StatusLine();  // ends the line with a newline if one was painted

  // Whether the next update() would be painted. Build the text only if it would.
  bool is_due() const;

  void update(const std::string& text);  // paints if is_due()
  void begin(const std::string& text);   // a new phase, shown on a terminal immediately
  void say(const std::string& text);     // prints a permanent line

  // Paints `text` as the line's last state and ends it with a newline.
  void finish(const std::string& text);

 private:
  void paint(const std::string& text);

  const TimeSource& time_;
  const bool quiet_;
  const bool terminal_;
  mutable std::mutex mutex_;
  TimeSource::Time next_paint_;
  std::size_t painted_columns_ = 0;
};

// Writes to standard error. Ignores errors, because there is nowhere to report them.
void write_stderr(const std::string& text);

}  // namespace rod
