// Work without the GIL that an interpreter which ends waits for.
#pragma once

#include <Python.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace rod::python {

inline std::atomic<bool> interpreter_ends{false};
inline std::atomic<int> calls_without_gil{0};

// Releases the GIL for a scope. Note [Threads at the end]: Python ends a daemon thread that asks
// for the GIL after the interpreter has ended, by unwinding its stack, which C++ answers with
// std::terminate(). So wait_for_calls() runs before, and what begins later keeps the GIL. REQUIRES:
// the GIL is held.
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

// At the interpreter's end: returns once no thread works without the GIL, or after 10 seconds of a
// read that hangs.
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
