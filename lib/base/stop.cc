#include "base/stop.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string>
#include <string_view>

#include "base/error.h"

namespace rod {
namespace {

std::atomic<int> received{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler writes it");

std::atomic<unsigned> shutdown_timeout{0};  // seconds; 0: without end

void on_signal(int signal) {
  int none = 0;
  if (!received.compare_exchange_strong(none, signal)) ::_exit(128 + signal);
  if (const unsigned seconds = shutdown_timeout.load()) ::alarm(seconds);
}

void on_alarm(int) {
  constexpr std::string_view kText =
      "\nended: a step, the disk or the drive took too long; what was saved before is kept\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kText.data(), kText.size());
  ::_exit(128 + received.load());
}

}  // namespace

void install_stop_handlers() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
}

void end_after_signal(unsigned seconds) {
  struct sigaction action {};
  action.sa_handler = on_alarm;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGALRM, &action, nullptr);
  shutdown_timeout = seconds;
}

int stop_signal() {
  return received.load(std::memory_order_relaxed);
}

void throw_if_stopped(const char* next) {
  const int signal = stop_signal();
  if (signal == 0) return;
  throw Error(signal == SIGINT ? ErrorKind::kInterrupted : ErrorKind::kTerminated,
              std::string("stopped by ") + (signal == SIGINT ? "SIGINT" : "SIGTERM") + "; " + next);
}

}  // namespace rod
