// Distributes a learner's steps over the processes of a group.
#pragma once

#include <string>

#include "trainer/config.h"
#include "trainer/learning/learner.h"
#include "trainer/learning/run_state.h"
#include "trainer/process_group/process_group.h"

namespace rod::trainer {

// Throws Error(kUsage) if the batch can't be divided equally or an option requires a single
// process.
void require_distributable(const TrainConfig& config, std::uint32_t processes);

// Collective; call before opening a run. Throws Error(kUsage) in every process if options that
// determine the result, or the data set's fingerprint, differ from those of the first process.
void require_agreement(ProcessGroup& group, const TrainConfig& config,
                       const std::string& fingerprint);

// Collective. Returns the first process's text.
std::string broadcast_text(ProcessGroup& group, std::string text);

// After this call, the learner's steps are those of the whole group on the global batch. With
// --sync-bn in full precision on a CPU, they are bit-identical for one, two and four processes.
// Requires: the same learner in every process.
void distribute(Learner& learner, const std::shared_ptr<ProcessGroup>& group,
                const TrainConfig& config);

// Collective. Copies the first process's state to all others: the run's progress and best accuracy,
// weights, buffers and momentum.
void broadcast(ProcessGroup& group, Learner& learner, RunState& state);

// The same for the network's buffers only, because without --sync-bn each process has its own
// running means.
void broadcast_buffers(ProcessGroup& group, Network& network);

}  // namespace rod::trainer
