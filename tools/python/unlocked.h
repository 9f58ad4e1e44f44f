// Releases the GIL for work that a terminating interpreter waits for.
#pragma once

#include <Python.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace rod::python {

inline std::atomic<bool> interpreter_ends{false};
inline std::atomic<int> calls_without_gil{0};

// Releases the GIL for a scope. Note [Threads at the end]: after the interpreter has terminated,
// Python ends a daemon thread that requests the GIL by unwinding its stack, for which C++ calls
// std::terminate(). So wait_for_calls() runs before that, and work that begins later keeps the GIL.
// Requires: the GIL is held.
class Unlocked {
 public:
  Unlocked() {
    if (interpreter_ends) return;
    ++calls_without_gil;
    state_ = PyEval_SaveThread();
  }
  ~Unlocked() {
    if (state_ == nullptr) return;
    PyEval_RestoreThread(state_);
    --calls_without_gil;
  }
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  PyThreadState* state_ = nullptr;
};

// Call when the interpreter terminates. Waits until no thread works without the GIL, for at most 10
// seconds if a read hangs.
inline void wait_for_calls() {
  interpreter_ends = true;
  PyThreadState* const state = PyEval_SaveThread();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (calls_without_gil > 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  PyEval_RestoreThread(state);
}

}  // namespace rod::python
