// A training process that is not the first: it does what the first one says.
#pragma once

#include "trainer/config.h"
#include "trainer/peers/peers.h"

namespace rod {

// Returns 0 when the run is complete. Errors: as train(); kFailed when another process is lost.
// REQUIRES: !peers->first()
int follow(const TrainConfig& config, const std::shared_ptr<Peers>& peers);

}  // namespace rod
