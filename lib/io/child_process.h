// A program that runs beside this one and does not outlive it.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "io/file.h"

namespace rod::io {

// Example: ChildProcess tar({"tar", "--version"}, output, errors); tar.wait([] {});
class ChildProcess {
 public:
  // Starts `command`, whose first word is a program's path or a name that is looked for on PATH.
  // Its standard input is empty; its output and messages go to `output` and `errors`. Throws
  // Error(kFailed) if the program is not installed or can't be started. Requires: command is not
  // empty.
  ChildProcess(std::vector<std::string> command, const File& output, const File& errors);
  ~ChildProcess();  // kills the program if it still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Waits for the program's end and calls `look` every 50 ms until then; what it throws, this
  // throws. Returns the exit code; -1 if a signal ended the program.
  int wait(const std::function<void()>& look);

 private:
  bool ended();  // returns at once

  pid_t pid_ = 0;
  int status_ = 0;
  bool ended_ = false;
};

// Returns a file in memory for what a program writes. Throws SystemError.
File memory_file(const char* name);

}  // namespace rod::io
