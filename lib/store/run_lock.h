// One writer per run folder, on this machine and on others that see the same drive.
//
// flock() keeps out processes of this machine, and lets go when one dies. A drive does not carry it
// to other machines, so the file also says who holds it, with a heartbeat: a holder on another
// machine whose last sign of life is older than kLockExpires is dead.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "io/file.h"

namespace rod::store {

inline constexpr std::chrono::seconds kLockBeats{60}, kLockExpires{300};

// Somebody else holds the lock now.
class LockLost : public Error {
 public:
  explicit LockLost(const std::string& message) : Error(ErrorKind::kFailed, message) {}
};

// beat() and release() may run on another thread than the constructor did.
class RunLock {
 public:
  // Takes FOLDER/.lock, and creates the folder. Errors: kFailed when a living process holds it,
  // naming it; throw_errno.
  explicit RunLock(const std::filesystem::path& folder);
  ~RunLock() { release(); }
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

  // Errors: LockLost when somebody else holds the lock now; throw_errno.
  void check() const;

  // The same, and signs again that we live.
  void beat();

  // Says that nobody holds it any more. Ignores errors: the lock expires.
  void release() noexcept;

  // What was found, when the lock was taken over from a holder that died; empty otherwise.
  const std::string& taken_over() const { return taken_over_; }

 private:
  void sign();

  std::filesystem::path path_;
  io::FileLock lock_;
  std::string token_;
  std::string taken_over_;
};

}  // namespace rod::store
