// Distributes a learner's steps over the processes of a group.
#pragma once

#include <string>

#include "trainer/config.h"
#include "trainer/learning/learner.h"
#include "trainer/learning/run_state.h"
#include "trainer/process_group/process_group.h"

namespace rod::trainer {

// Throws Error(kUsage) when the batch can't be divided equally, or an option needs a single
// process.
void require_distributable(const TrainConfig& config, std::uint32_t processes);

// Called by all before they open a run. Throws Error(kUsage) in every process when options that
// decide the result, or the data set of this fingerprint, are not the first process's.
void require_agreement(ProcessGroup& group, const TrainConfig& config,
                       const std::string& fingerprint);

// The first process's text. Called by all.
std::string broadcast_text(ProcessGroup& group, std::string text);

// From now on the learner's steps are those of the whole group on the global batch. With --sync-bn
// in full precision on a CPU they are the same to the last bit for one, two and four processes.
// Requires: the same learner in every process.
void distribute(Learner& learner, const std::shared_ptr<ProcessGroup>& group,
                const TrainConfig& config);

// Brings all processes to the first one's state: how far the run is, its best accuracy, weights,
// buffers, momentum.
void broadcast(ProcessGroup& group, Learner& learner, RunState& state);

// The same for the network's buffers only: without --sync-bn each process has its own running
// means.
void broadcast_buffers(ProcessGroup& group, Network& network);

}  // namespace rod::trainer
