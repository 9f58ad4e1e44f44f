// What the first process has the others do next.
//
// It alone decides: it has the clock, the checkpoints and the run folder. The others follow (follow.h).
#pragma once

#include <cstdint>

#include "trainer/peers/peers.h"

namespace rod {

struct Command {
  enum What : std::int64_t { kStep, kEvaluate, kEnd };
  What what = kStep;
  std::int64_t argument = 0;  // kEvaluate: 0 source's test split, 1 target; kEnd: exit code
};

struct Exchange {
  Command command;   // the first process's; with kEnd they part
  bool others_stop;  // a process got a signal to stop
};

// Called by all; `mine` counts in the first process alone. Errors: the peers'.
Exchange exchange(Peers& peers, const Command& mine);

}  // namespace rod
