// Collects encoded pairs, in order, into shards and publishes each in the background.
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <variant>
#include <vector>

#include "prepare/cache/pair_encoder.h"
#include "prepare/cache/plan.h"
#include "prepare/cache/shard_destination.h"
#include "prepare/cache/unit_result.h"

namespace rod::prepare {

struct RejectPolicy {
  bool skip = false;      // false: the first reject is an error
  std::uint64_t max = 0;  // with skip: more than these are an error
};

// At most two shards are in memory: one that grows, and one that is being written. Its fsync delays
// the pipeline only if the next shard is full before it ends.
class ShardCommitter {
 public:
  // `results` [plan.units]: those of kept units are already filled, the others are filled here.
  ShardCommitter(const ShardDestination& destination, const dataset::Tree& tree,
                 const dataset::Dataset& dataset, const CachePlan& plan, const RejectPolicy& policy,
                 std::vector<UnitResult>& results);

  // Counts a unit that an earlier run has finished. Throws what commit() throws.
  void keep(std::size_t unit);

  // Adds the next pair of `unit`. Throws BadInput for a reject that the policy forbids;
  // SystemError. Requires: pairs are in order, and a unit is complete before the next one starts.
  // Thread safety: one thread at a time.
  void commit(std::size_t unit, std::variant<EncodedPair, Reject> pair);

  // Waits for the last shard. Throws SystemError.
  void finish();

  std::uint64_t reject_count() const { return reject_count_; }

 private:
  void add_reject(std::size_t unit, const Reject& reject);
  void hand_over(std::size_t unit);

  const ShardDestination& destination_;
  const dataset::Tree& tree_;
  const dataset::Dataset& dataset_;
  const CachePlan& plan_;
  const RejectPolicy policy_;
  std::vector<UnitResult>& results_;

  std::unique_ptr<shard::ShardWriter> writer_;  // of the unit that grows
  std::size_t committed_ = 0;                   // pairs of it so far
  std::future<void> publishing_;
  std::uint64_t reject_count_ = 0;
};

}  // namespace rod::prepare
