// Notices that another process has ended while this one waits for something else: for a GPU, whose
// queue waits for that process's tensors, or for a drive.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <vector>

namespace rod::trainer {

// Waits, in threads of its own, for messages that are never sent: the wait fails when a connection
// breaks. The first process waits for all others, and they for the first, so that all end when one
// does.
class Watchdog {
 public:
  // `group` is used for nothing else. When a process has ended, and end() was not called within
  // some seconds, `lost` is written to stderr and this process exits with ErrorKind::kFailed; what
  // is complete on disk stays.
  Watchdog(c10::intrusive_ptr<c10d::ProcessGroupGloo> group, std::string lost);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // From now on other processes may end. Any thread.
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
