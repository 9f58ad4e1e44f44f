// The error of a run that has diverged: the loss, the step, and the samples it was computed from.
#pragma once

#include <string>

#include "base/error.h"
#include "trainer/config.h"
#include "trainer/input/splits.h"
#include "trainer/learning/loss_history.h"
#include "trainer/methods/method.h"

namespace rod::trainer {

// Returns an Error(kFailed) whose message names the loss, its streams, the step, what to try, and
// the key of every sample of those streams' batches.
Error diverged_error(const Divergence& divergence, const Method& method, const Splits& splits,
                     const TrainConfig& config);

}  // namespace rod::trainer
