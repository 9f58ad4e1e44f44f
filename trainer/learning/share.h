// How a learner's work is shared by several processes.
#pragma once

#include <string>

#include "trainer/config.h"
#include "trainer/learning/learner.h"
#include "trainer/learning/run_state.h"
#include "trainer/peers/peers.h"

namespace rod {

// Errors: kUsage when the batch can't be shared equally, or an option works in one process alone.
void require_shareable(const TrainConfig& config, std::uint32_t processes);

// Called by all before they open a run. Errors: kUsage in every process when options that decide the result, or the data
// set of this fingerprint, are not the first process's.
void require_agreement(Peers& peers, const TrainConfig& config, const std::string& fingerprint);

// From now on the learner's steps are those of all peers on the whole batch. With --sync-bn in full precision on a CPU they are the same to
// the last bit for one, two and four processes. REQUIRES: the same learner everywhere.
void share(Learner& learner, const std::shared_ptr<Peers>& peers, const TrainConfig& config);

// Brings all processes to the first one's state: how far the run is, its best accuracy, weights,
// buffers, momentum.
void copy_first(Peers& peers, Learner& learner, RunState& state);

// The network's buffers alone: without --sync-bn each process has running means of its own.
void copy_first_buffers(Peers& peers, Network& network);

}  // namespace rod
