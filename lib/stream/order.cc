#include "stream/order.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "base/random.h"

namespace rod {
namespace {

constexpr unsigned kRounds = 6;
// Below 6 bits, 6 rounds prefer some orders measurably; walking back into the range costs less than more rounds.
constexpr unsigned kMinHalfBits = 3;

constexpr const char* kKindNames[] = {"full", "window", "sequential"};

// The shuffled blocks stand in a row of places, `window` of which make a window. All blocks are of full size but the
// split's last: it has a place of its own, drawn first, and the others are dealt to the rest. Within its window it
// comes behind the others, so that all of them begin at multiples of the block's size.
std::uint64_t window_sample(const StreamOrder& order, std::uint64_t key, std::uint64_t n) {
  const std::uint64_t block = order.block, full = block * order.window;
  const std::uint64_t blocks = (order.samples + block - 1) / block;
  if (blocks <= order.window) return Permutation(order.samples, key)(n);
  const std::uint64_t missing = blocks * block - order.samples;
  const std::uint64_t last_at = derive_seed(key, 0) % blocks, last_window = last_at / order.window;
  const auto window_end = [&](std::uint64_t window) {
    return std::min((window + 1) * full, blocks * block) - (window >= last_window ? missing : 0);
  };
  const std::uint64_t window = (n < window_end(last_window) ? n : n + missing) / full;
  const std::uint64_t begin = window == 0 ? 0 : window_end(window - 1);
  const std::uint64_t mixed =
      Permutation(window_end(window) - begin, derive_seed(key, 1 + window))(n - begin);

  std::uint64_t at = window * order.window + mixed / block;
  if (window == last_window) {
    const std::uint64_t behind = std::min((window + 1) * order.window, blocks) - 1;
    if (at == behind) return (blocks - 1) * block + mixed % block;
    if (at == last_at) at = behind;
  }
  const std::uint64_t others_place = at - (at > last_at ? 1 : 0);
  return Permutation(blocks - 1, key)(others_place) * block + mixed % block;
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
  const std::uint64_t key = derive_seed(derive_seed(seed, stream), epoch);
  if (kind == OrderKind::kWindow) return window_sample(*this, key, n);
  return Permutation(samples, key)(n);
}

}  // namespace rod
