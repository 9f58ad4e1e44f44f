// The epoch that each criterion without labels would choose, and the accuracy lost by that.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/log/curves.h"

namespace rod::trainer {

// An epoch and what chooses it.
struct Choice {
  std::string by;  // a criterion's name; empty: the target's labels, the oracle
  std::uint64_t step = 0;
  double accuracy = 0;  // on the target, in 0-1
  double cost = 0;      // the oracle's accuracy less this one
};

// The oracle's choice, then each criterion's: the evaluation with the largest value, the first of
// equal ones. Empty if nothing was evaluated with criteria. `target`: the split's name.
std::vector<Choice> choices(const Curves& curves, const std::string& target);

// Returns a chart of the criteria and the accuracy, and a table of the choices; "" if choices() is
// empty.
std::string selection_section(const Curves& curves, const std::string& target,
                              std::uint64_t epoch_steps);

}  // namespace rod::trainer
