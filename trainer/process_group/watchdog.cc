#include "trainer/process_group/watchdog.h"

#include <unistd.h>

#include <chrono>
#include <utility>

#include "base/error.h"

namespace rod::trainer {
namespace {

constexpr std::chrono::seconds kGrace{4};  // for the main thread to find out by itself

}  // namespace

Watchdog::Watchdog(c10::intrusive_ptr<c10d::ProcessGroupGloo> group, std::string lost)
    : group_(std::move(group)), lost_("rodtrain: " + std::move(lost) + "\n") {
  const int others = group_->getRank() == 0 ? group_->getSize() : 1;
  for (int rank = 0; rank < others; ++rank) {
    if (rank == group_->getRank()) continue;
    std::vector<torch::Tensor> message{torch::zeros({1})};
    messages_.push_back(group_->recv(message, rank, /*tag=*/0));
  }
  for (const auto& message : messages_) {
    threads_.emplace_back([this, message] { wait_for(*message); });
  }
}

Watchdog::~Watchdog() {
  end();
  for (const auto& message : messages_) message->abort();
  for (std::thread& thread : threads_) thread.join();
}

void Watchdog::end() {
  const std::lock_guard guard(mutex_);
  end_ = true;
  ended_.notify_all();
}

void Watchdog::wait_for(c10d::Work& message) {
  try {
    message.wait();
  } catch (const std::exception&) {  // the connection is broken
  }
  std::unique_lock guard(mutex_);
  if (ended_.wait_for(guard, kGrace, [&] { return end_; })) return;
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, lost_.data(), lost_.size());
  ::_exit(static_cast<int>(ErrorKind::kFailed));
}

}  // namespace rod::trainer
