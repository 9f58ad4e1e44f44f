// SIGINT and SIGTERM as a flag that work checks between two steps.
#pragma once

namespace rod {

// After this call the first SIGINT or SIGTERM only sets a flag, and a second one ends the process
// at once. SIGPIPE and SIGHUP are ignored, so that a closed terminal does not end the work.
void install_stop_handlers();

// After this call the first signal also ends the process if it still runs `seconds` later, because
// work that waits for a drive that hangs does not check the flag. Complete files stay on disk.
void end_after_signal(unsigned seconds);

// Returns the signal that was received, or 0. Thread-safe.
int stop_signal();

// Throws Error(kInterrupted or Error(kTerminated)) if a signal was received. `next` tells the user
// how to resume.
void throw_if_stopped(const char* next);

}  // namespace rod
