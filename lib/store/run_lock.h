// Allows one writer per run folder, on this machine and on others that mount the same drive.
//
// flock() excludes other processes on this machine and is released when a process dies. Drives do
// not transfer it to other machines, so the file also names its holder and the time of its last
// heartbeat. A holder on another machine whose heartbeat is older than kLockExpires is considered
// dead.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "io/file.h"

namespace rod::store {

inline constexpr std::chrono::seconds kLockBeats{60}, kLockExpires{300};

// Another process has taken the lock.
class LockLost : public Error {
 public:
  explicit LockLost(const std::string& message) : Error(ErrorKind::kFailed, message) {}
};

// Thread safety: beat() and release() may run on another thread than the constructor.
class RunLock {
 public:
  // Creates the folder and takes FOLDER/.lock. Throws Error(kFailed), naming the holder, if a live
  // process holds the lock; SystemError.
  explicit RunLock(const std::filesystem::path& folder);
  ~RunLock() { release(); }
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

  // Throws LockLost if another process holds the lock; SystemError.
  void check() const;

  // Does the same and writes a new heartbeat.
  void beat();

  // Releases the lock. Ignores errors, because the lock expires.
  void release() noexcept;

  // A message if the lock was taken over from a holder that died; empty otherwise.
  const std::string& taken_over() const { return taken_over_; }

 private:
  void sign();

  std::filesystem::path path_;
  io::FileLock lock_;
  std::string token_;
  std::string taken_over_;
};

}  // namespace rod::store
