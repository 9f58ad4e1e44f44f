// A process group whose processes are threads of this one, for tests of what a group computes.
#pragma once

#include <barrier>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "trainer/process_group/process_group.h"

namespace rod::trainer {

struct Room {
  explicit Room(std::uint32_t count) : barrier(count), parts(count) {}
  std::barrier<> barrier;
  std::vector<torch::Tensor> parts;
};

class ThreadProcessGroup : public ProcessGroup {
 public:
  ThreadProcessGroup(Room& room, std::uint32_t rank, std::uint32_t count)
      : ProcessGroup(rank, count), room_(room) {}

  std::function<void()> all_reduce_async(torch::Tensor tensor) override {
    exchange(tensor, [&] {
      torch::Tensor sum = torch::zeros_like(room_.parts[0]);
      for (const torch::Tensor& part : room_.parts) sum += part;
      return sum;
    });
    return [] {};
  }
  void broadcast(torch::Tensor tensor) override {
    exchange(tensor, [&] { return room_.parts[0].clone(); });
  }

 private:
  void exchange(torch::Tensor& tensor, const std::function<torch::Tensor()>& result) {
    const torch::NoGradGuard no_gradients;
    room_.parts[rank()] = tensor;
    room_.barrier.arrive_and_wait();
    const torch::Tensor value = result();
    room_.barrier.arrive_and_wait();
    tensor.copy_(value);
  }

  Room& room_;
};

// Calls body(group) in `count` threads at once and waits for all.
inline void run_processes(std::uint32_t count,
                          const std::function<void(const std::shared_ptr<ProcessGroup>&)>& body) {
  Room room(count);
  std::vector<std::thread> threads;
  for (std::uint32_t rank = 0; rank < count; ++rank) {
    threads.emplace_back(
        [&, rank] { body(std::make_shared<ThreadProcessGroup>(room, rank, count)); });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace rod::trainer
