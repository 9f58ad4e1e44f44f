// Whether a checkpoint fits a data set: how their classes correspond, and whether a run may resume.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "shard/manifest.h"
#include "trainer/checkpoint/checkpoint.h"
#include "trainer/config.h"
#include "trainer/input/splits.h"
#include "trainer/methods/method.h"

namespace rod::trainer {

// How the classes of a network and those of a data set correspond: by name, in any order.
struct ClassMatch {
  // [classes of the data set] the network's label of each; -1: the network does not know it.
  std::vector<std::int64_t> labels;
  std::vector<std::string> unknown;  // classes of the data set that the network does not know
  std::vector<std::string> absent;   // classes of the network that the data set lacks
};

// Requires: names within each list differ.
ClassMatch match_classes(const std::vector<std::string>& network,
                         const std::vector<std::string>& data);

// "'cup', 'mug' and 3 more", for a message.
std::string list_classes(const std::vector<std::string>& names);

// Checks that a run may resume from a checkpoint. config.allow_changed permits changed options that
// fit the state, and another data set of the same classes, matched by name in any order; `say`
// receives the differences. A data set that grew from the checkpoint's by `cache --append` is
// accepted and reported to `say`. Throws Error(kUsage) listing the options that differ from those
// the run was started with; BadInput if the data set is a different one, or if a stream's position
// is not that of this program's order after the same number of steps.
void require_same_run(const Checkpoint& checkpoint, const TrainConfig& config,
                      const shard::Manifest& manifest, const Splits& splits, const Method& method,
                      const std::function<void(const std::string&)>& say);

}  // namespace rod::trainer
