// SIGINT and SIGTERM as a question that work asks between two steps.
#pragma once

namespace rod {

// From now on the first SIGINT or SIGTERM only raises a flag; a second one ends the process at
// once. SIGPIPE and SIGHUP are ignored: a closed terminal must not cost the work.
void install_stop_handlers();

// From now on the first signal also ends the process, at once, if it still runs after `seconds`:
// work that waits for a drive which doesn't answer asks no questions. What is complete on disk
// stays.
void end_after_signal(unsigned seconds);

// The signal that asked us to stop, or 0. Any thread.
int stop_signal();

// Throws Error(kInterrupted or kTerminated) when a stop was asked for; `next` says how to go on.
void throw_if_stopped(const char* next);

}  // namespace rod
