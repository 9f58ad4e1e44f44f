// Whether a run may resume from a checkpoint.
#pragma once

#include <functional>
#include <string>

#include "shard/manifest.h"
#include "trainer/checkpoint/checkpoint.h"
#include "trainer/config.h"
#include "trainer/input/splits.h"
#include "trainer/methods/method.h"

namespace rod::trainer {

// config.allow_changed lets options pass that fit the state, and another data set of the same
// classes, matched by name in any order; `say` gets what differs. A data set that grew from that of
// the checkpoint by `cache --append` is taken, and said to be. Throws Error(kUsage) listing the
// options that differ from those the run was started with; BadInput when the data set is another,
// or a stream's position is not the one that this program's order has after so many steps.
void require_same_run(const Checkpoint& checkpoint, const TrainConfig& config,
                      const shard::Manifest& manifest, const Splits& splits, const Method& method,
                      const std::function<void(const std::string&)>& say);

}  // namespace rod::trainer
