// Detects that another process has exited while this one waits for something else: a GPU, whose
// queue waits for that process's tensors, or a drive.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <vector>

namespace rod::trainer {

// Waits on its own threads for messages that are never sent; the wait fails when a connection
// breaks. The first process watches all others, and they watch the first, so all exit when one
// does.
class Watchdog {
 public:
  // If a process exits and end() is not called within some seconds, writes `lost` to stderr and
  // exits with ErrorKind::kFailed. Complete files stay on disk. Requires: `group` is used for
  // nothing else.
  Watchdog(c10::intrusive_ptr<c10d::ProcessGroupGloo> group, std::string lost);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // After this call other processes may exit. Thread-safe.
  void end();

 private:
  void wait_for(c10d::Work& message);

  c10::intrusive_ptr<c10d::ProcessGroupGloo> group_;
  const std::string lost_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::vector<c10::intrusive_ptr<c10d::Work>> messages_;  // one of each process that is watched
  std::vector<std::thread> threads_;
};

}  // namespace rod::trainer
