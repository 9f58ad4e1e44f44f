// A child process, which does not outlive this process.
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
  // Starts `command`, whose first word is a program's path or a name to look for on PATH. Standard
  // input is empty; standard output and error go to `output` and `errors`. Throws Error(kFailed) if
  // the program is not installed or can't be started. Requires: command is not empty.
  ChildProcess(std::vector<std::string> command, const File& output, const File& errors);
  ~ChildProcess();  // kills the program if it still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Waits until the program ends, and calls `look` every 50 ms until then. Returns the exit code,
  // or -1 if a signal ended the program. Throws what `look` throws.
  int wait(const std::function<void()>& look);

 private:
  bool ended();  // returns at once

  pid_t pid_ = 0;
  int status_ = 0;
  bool ended_ = false;
};

// Returns a file in memory for a program's output. Throws SystemError.
File memory_file(const char* name);

}  // namespace rod::io
