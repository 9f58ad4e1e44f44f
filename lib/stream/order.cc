#include "stream/order.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "base/random.h"

namespace rod::stream {
namespace {

constexpr unsigned kRounds = 6;
// Below 6 bits, 6 rounds prefer some orders measurably; walking back into the range costs less than
// more rounds.
constexpr unsigned kMinHalfBits = 3;

constexpr const char* kKindNames[] = {"full", "window", "sequential"};

// The shuffled blocks stand in a row of places, `window` of which make a window. All blocks are of
// full size but the split's last: it has a place of its own, drawn first, and the others are dealt
// to the rest. Within its window it comes behind the others, so that all of them begin at multiples
// of the block's size.
class Windows {
 public:
  Windows(const StreamOrder& order, std::uint64_t key)
      : order_(order),
        key_(key),
        blocks_((order.samples + order.block - 1) / order.block),
        missing_(blocks_ * order.block - order.samples),
        last_at_(derive_seed(key, 0) % blocks_),
        last_window_(last_at_ / order.window) {}

  std::uint64_t window(std::uint64_t n) const {
    return (n < end(last_window_) ? n : n + missing_) / (order_.block * order_.window);
  }
  std::uint64_t begin(std::uint64_t window) const { return window == 0 ? 0 : end(window - 1); }
  std::uint64_t end(std::uint64_t window) const {
    return std::min((window + 1) * order_.block * order_.window, blocks_ * order_.block) -
           (window >= last_window_ ? missing_ : 0);
  }

  // The block that is the i-th of a window.
  std::uint64_t block(std::uint64_t window, std::uint64_t i) const {
    std::uint64_t at = window * order_.window + i;
    if (window == last_window_) {
      const std::uint64_t behind = std::min((window + 1) * order_.window, blocks_) - 1;
      if (at == behind) return blocks_ - 1;
      if (at == last_at_) at = behind;
    }
    return Permutation(blocks_ - 1, key_)(at - (at > last_at_ ? 1 : 0));
  }

  std::uint64_t sample(std::uint64_t n) const {
    const std::uint64_t window = this->window(n), first = begin(window);
    const std::uint64_t mixed =
        Permutation(end(window) - first, derive_seed(key_, 1 + window))(n - first);
    return block(window, mixed / order_.block) * order_.block + mixed % order_.block;
  }

 private:
  const StreamOrder& order_;
  const std::uint64_t key_, blocks_, missing_, last_at_, last_window_;
};

std::uint64_t epoch_key(const StreamOrder& order, std::uint64_t epoch) {
  return derive_seed(derive_seed(order.seed, order.stream), epoch);
}

bool is_one_window(const StreamOrder& order) {
  return (order.samples + order.block - 1) / order.block <= order.window;
}

}  // namespace

const char* order_kind_name(OrderKind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}

OrderKind order_kind_from_name(std::string_view name) {
  for (const OrderKind kind : {OrderKind::kFull, OrderKind::kWindow, OrderKind::kSequential}) {
    if (name == order_kind_name(kind)) return kind;
  }
  throw Error(ErrorKind::kUsage,
              fmt::format("order '{}' is not known; expected full, window or sequential", name));
}

Permutation::Permutation(std::uint64_t size, std::uint64_t key)
    : size_(size),
      key_(key),
      half_bits_(
          std::max(kMinHalfBits, (static_cast<unsigned>(std::bit_width(size - 1)) + 1) / 2)) {}

std::uint64_t Permutation::operator()(std::uint64_t n) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  do {
    std::uint64_t left = n >> half_bits_, right = n & mask;
    for (unsigned round = 0; round < kRounds; ++round) {
      const std::uint64_t mixed = left ^ (philox(key_, round, right)[0] & mask);
      left = right;
      right = mixed;
    }
    n = left << half_bits_ | right;
  } while (n >= size_);
  return n;
}

StreamOrder::Position StreamOrder::position(std::uint64_t batch) const {
  return {batch / batches_per_epoch(), batch % batches_per_epoch() * batch_size};
}

std::uint64_t StreamOrder::sample(std::uint64_t epoch, std::uint64_t n) const {
  if (kind == OrderKind::kSequential) return n;
  const std::uint64_t key = epoch_key(*this, epoch);
  if (kind == OrderKind::kFull || is_one_window(*this)) return Permutation(samples, key)(n);
  return Windows(*this, key).sample(n);
}

ShuffleWindow shuffle_window_at(const StreamOrder& order, std::uint64_t epoch, std::uint64_t n) {
  if (order.kind == OrderKind::kSequential) return {n, n + 1, {{n, n + 1}}};
  if (order.kind == OrderKind::kFull || is_one_window(order)) {
    return {0, order.samples, {{0, order.samples}}};
  }
  const Windows windows(order, epoch_key(order, epoch));
  const std::uint64_t window = windows.window(n);
  ShuffleWindow shuffle_window{windows.begin(window), windows.end(window), {}};
  for (std::uint64_t i = 0; i * order.block < shuffle_window.end - shuffle_window.begin; ++i) {
    const std::uint64_t begin = windows.block(window, i) * order.block;
    shuffle_window.blocks.push_back({begin, std::min(begin + order.block, order.samples)});
  }
  return shuffle_window;
}

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
