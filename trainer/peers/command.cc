#include "trainer/peers/command.h"

#include "base/stop.h"

namespace rod {

Exchange exchange(Peers& peers, const Command& mine) {
  const torch::Tensor numbers = torch::zeros({3}, torch::kLong);
  std::int64_t* const number = numbers.data_ptr<std::int64_t>();
  if (peers.first()) {
    number[0] = mine.what;
    number[1] = mine.argument;
  }
  number[2] = stop_signal() != 0;
  peers.sum(numbers);
  if (number[0] == Command::kEnd) peers.part();
  return {{static_cast<Command::What>(number[0]), number[1]}, number[2] != 0};
}

}  // namespace rod
