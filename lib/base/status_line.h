// One line of standard error that is painted over while work goes on.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

namespace rod {

// On a terminal the line is repainted in place (`\r` first and never last, no cursor movement) at
// most four times a second, and cut to the window, or to 100 columns where the window has no size.
// Elsewhere a plain line appears every 30 seconds. Survives a closed terminal. Any thread.
class StatusLine {
 public:
  explicit StatusLine(bool quiet);
  ~StatusLine();  // ends a painted line with a newline

  // True when the next update() would be painted: build the text only then.
  bool is_due() const;

  void update(const std::string& text);  // paints if is_due()
  void begin(const std::string& text);   // a new part of the work: a terminal shows it at once
  void say(const std::string& text);     // a whole line of its own that stays

  // Paints `text` as the line's last state and ends it with a newline.
  void finish(const std::string& text);

 private:
  void paint(const std::string& text);

  const bool quiet_;
  const bool terminal_;
  mutable std::mutex mutex_;
  std::chrono::steady_clock::time_point next_paint_;
  std::size_t painted_columns_ = 0;
};

// Writes to standard error; ignores errors, as there is nobody left to tell.
void write_stderr(const std::string& text);

}  // namespace rod
