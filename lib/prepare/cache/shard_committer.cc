#include "prepare/cache/shard_committer.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "prepare/cache/shard_notes.h"

namespace rod::prepare {

ShardCommitter::ShardCommitter(const ShardDestination& destination, const dataset::Tree& tree,
                               const dataset::Dataset& dataset, const CachePlan& plan,
                               const RejectPolicy& policy, std::vector<UnitResult>& results)
    : destination_(destination),
      tree_(tree),
      dataset_(dataset),
      plan_(plan),
      policy_(policy),
      results_(results) {}

void ShardCommitter::keep(std::size_t unit) {
  for (const Reject& reject : results_[unit].rejects) add_reject(unit, reject);
}

void ShardCommitter::commit(std::size_t unit, std::variant<EncodedPair, Reject> pair) {
  if (!writer_) {
    writer_ = std::make_unique<shard::ShardWriter>(plan_.pixels, plan_.codec, shard::Metadata{});
    writer_->reserve(plan_.units[unit].count);
  }
  UnitResult& result = results_[unit];
  if (auto* reject = std::get_if<Reject>(&pair)) {
    add_reject(unit, *reject);
    result.rejects.push_back(std::move(*reject));
  } else {
    const EncodedPair& encoded = std::get<EncodedPair>(pair);
    writer_->add(encoded.record);
    result.rgb.add(encoded.rgb);
    result.depth.add(encoded.depth);
  }
  if (++committed_ == plan_.units[unit].count) hand_over(unit);
}

void ShardCommitter::finish() {
  if (publishing_.valid()) publishing_.get();
}

void ShardCommitter::add_reject(std::size_t unit, const Reject& reject) {
  const dataset::Split& split = dataset_.splits[plan_.units[unit].split];
  const std::string line =
      split.list.empty() ? "" : fmt::format(", line {} of {}", reject.line + 1, split.list);
  const std::string which = fmt::format("{}: {}{}: {} (pair '{}'{})", tree_.name(), split.folder,
                                        reject.file, reject.reason, reject.key, line);
  ++reject_count_;
  if (!policy_.skip) {
    throw BadInput(which + ". Repair the source, or leave such pairs out with --on-error skip");
  }
  if (reject_count_ > policy_.max) {
    throw BadInput(fmt::format("{}. It is one more than the {} rejects that --max-rejects allows",
                               which, policy_.max));
  }
}

void ShardCommitter::hand_over(std::size_t unit) {
  committed_ = 0;
  finish();
  std::shared_ptr<shard::ShardWriter> writer = std::move(writer_);
  UnitResult& result = results_[unit];
  if (writer->samples() == 0) return;
  writer->add_metadata(to_metadata({plan_.text, result.rgb, result.depth, result.rejects}));
  publishing_ = std::async(std::launch::async, [this, writer, unit, &result] {
    result.shard = destination_.publish(*writer, plan_.units[unit].file);
  });
}

}  // namespace rod::prepare
