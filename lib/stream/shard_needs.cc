#include "stream/shard_needs.h"

#include <algorithm>

namespace rod::stream {
namespace {

// The shards that hold samples begin … end - 1.
template <typename Visit>
void for_each_shard(const std::vector<std::uint64_t>& first, std::uint64_t begin, std::uint64_t end,
                    Visit visit) {
  auto at = std::upper_bound(first.begin(), first.end(), begin) - first.begin() - 1;
  for (; first[static_cast<std::size_t>(at)] < end; ++at) visit(static_cast<std::size_t>(at));
}

}  // namespace

std::vector<std::uint64_t> shard_needs(const StreamOrder& order,
                                       const std::vector<std::uint64_t>& first,
                                       std::uint64_t batch) {
  std::vector<std::uint64_t> needs(first.size() - 1, kNotNeeded);
  std::size_t open = needs.size();
  const auto need = [&](std::size_t shard, std::uint64_t batches) {
    open -= needs[shard] == kNotNeeded;
    needs[shard] = std::min(needs[shard], batches);
  };
  const StreamOrder::Position start = order.position(batch);
  const std::uint64_t epoch_samples = order.batches_per_epoch() * order.batch_size;
  for (std::uint64_t epoch = start.epoch; epoch < start.epoch + 2 && open > 0; ++epoch) {
    std::uint64_t n = epoch == start.epoch ? start.n : 0;
    while (n < epoch_samples && open > 0) {
      const std::uint64_t samples_ahead = (epoch - start.epoch) * epoch_samples + n - start.n;
      std::uint64_t end = n + 1;
      if (order.kind == OrderKind::kSequential) {  // shard by shard, not sample by sample
        for_each_shard(first, n, n + 1, [&](std::size_t shard) {
          need(shard, samples_ahead / order.batch_size);
          end = first[shard + 1];
        });
      } else {
        const ShuffleWindow window = shuffle_window_at(order, epoch, n);
        for (const ShuffleWindow::Range& range : window.blocks) {
          for_each_shard(first, range.begin, range.end,
                         [&](std::size_t shard) { need(shard, samples_ahead / order.batch_size); });
        }
        end = window.end;
      }
      n = end;
    }
  }
  return needs;
}

}  // namespace rod::stream
