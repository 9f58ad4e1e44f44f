// The project's exception type. Its kind determines the exit code.
#pragma once

#include <stdexcept>
#include <string>

namespace rod {

// Why a program failed. The value is the exit code.
enum class ErrorKind : int {
  kFailed = 1,         // I/O, environment, bug
  kUsage = 2,          // the command line is wrong
  kBadInput = 3,       // corrupt, hostile, truncated, or not what was asked for
  kNoRoom = 4,         // disk, memory, or a limit the user set
  kTimeLimit = 75,     // stopped on purpose with its state saved
  kInterrupted = 130,  // the same after SIGINT
  kTerminated = 143,   // the same after SIGTERM
};

// Message: which file, which entry or offset; expected, found; what to try next.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }

 private:
  ErrorKind kind_;
};

// Shorthand for Error(kBadInput).
class BadInput : public Error {
 public:
  explicit BadInput(const std::string& message) : Error(ErrorKind::kBadInput, message) {}
};

// A failed system call. Thrown by throw_errno().
class SystemError : public Error {
 public:
  // what(): `cause` followed by `advice`, which may be empty.
  SystemError(ErrorKind kind, int number, const std::string& cause, const std::string& advice)
      : Error(kind, cause + advice), number_(number), cause_(cause), advice_(advice) {}

  int number() const { return number_; }  // the value of errno
  const std::string& cause() const { return cause_; }
  const std::string& advice() const { return advice_; }

 private:
  int number_;
  std::string cause_, advice_;
};

// Throws a SystemError for `errno`: "PATH: can't WHAT: reason". ENOSPC, EDQUOT and EFBIG are
// kNoRoom, a missing or unsuitable path (ENOENT, ENOTDIR, EISDIR) is kBadInput, everything else
// kFailed.
[[noreturn]] void throw_errno(const std::string& path, const std::string& what);
[[noreturn]] void throw_errno(const std::string& path, const std::string& what, int error_number);

}  // namespace rod
