// The order: a bijection, the same for ever, independent between streams and epochs.
#include "stream/order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/error.h"

namespace rod::stream {
namespace {

std::vector<std::uint64_t> whole(std::uint64_t size, std::uint64_t key) {
  const Permutation permutation(size, key);
  std::vector<std::uint64_t> values(size);
  for (std::uint64_t n = 0; n < size; ++n) values[n] = permutation(n);
  return values;
}

std::vector<std::uint64_t> epoch(const StreamOrder& order, std::uint64_t number) {
  std::vector<std::uint64_t> values(order.samples);
  for (std::uint64_t n = 0; n < order.samples; ++n) values[n] = order.sample(number, n);
  return values;
}

// How many places hold the same value in both.
std::size_t agreements(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i] == b[i];
  return count;
}

TEST(Permutation, TakesEveryValueOnce) {
  std::vector<std::uint64_t> sizes(300);
  std::iota(sizes.begin(), sizes.end(), 1);
  for (const std::uint64_t size :
       {1023, 1024, 1025, 4096, 4097, 7301, 32476, 37528, 65536, 65537}) {
    sizes.push_back(size);
  }
  for (const std::uint64_t size : sizes) {
    std::vector<std::uint64_t> values = whole(size, size * 7919);
    std::sort(values.begin(), values.end());
    for (std::uint64_t n = 0; n < size; ++n) ASSERT_EQ(values[n], n) << "size " << size;
  }
}

TEST(Permutation, StaysInsideAHugeRange) {
  const std::uint64_t size = (std::uint64_t{1} << 62) + 12345;
  const Permutation permutation(size, 1);
  for (std::uint64_t n = 0; n < 100; ++n) EXPECT_LT(permutation(size - 1 - n), size);
}

TEST(Permutation, PutsEachValueInEachPlaceEquallyOften) {
  constexpr unsigned kKeys = 20000;
  for (const std::uint64_t size : {2, 3, 5, 10, 30}) {
    std::vector<unsigned> count(size * size);
    for (unsigned key = 0; key < kKeys; ++key) {
      const auto values = whole(size, key);
      for (std::uint64_t n = 0; n < size; ++n) ++count[n * size + values[n]];
    }
    double chi_squared = 0;
    const double expected = double(kKeys) / double(size);
    for (const unsigned seen : count) {
      chi_squared += (seen - expected) * (seen - expected) / expected;
    }
    // Of uniform permutations: mean size * (size - 1), and this more once in ten thousand.
    const double mean = double(size * (size - 1));
    EXPECT_LT(chi_squared, mean + 4 * std::sqrt(2 * mean * double(size) / double(size - 1)) + 8)
        << size;
  }
}

TEST(Permutation, LeavesNoTraceOfTheOrderBefore) {
  constexpr std::uint64_t kSize = 10000;
  const auto values = whole(kSize, 42);
  // Correlation of place and value, and of neighbours; each has a standard deviation of 0.01.
  const double mean = (kSize - 1) / 2.0, variance = (double(kSize) * kSize - 1) / 12;
  double with_place = 0, with_next = 0;
  for (std::uint64_t n = 0; n < kSize; ++n) {
    with_place += (double(values[n]) - mean) * (double(n) - mean);
    with_next += (double(values[n]) - mean) * (double(values[(n + 1) % kSize]) - mean);
  }
  EXPECT_LT(std::abs(with_place / (kSize * variance)), 0.04);
  EXPECT_LT(std::abs(with_next / (kSize * variance)), 0.04);
  std::size_t runs = 0;
  for (std::uint64_t n = 1; n < kSize; ++n) runs += values[n] == values[n - 1] + 1;
  EXPECT_LE(runs, 8u);  // 1 is expected
}

TEST(StreamOrder, IsIndependentBetweenSeedsStreamsAndEpochs) {
  const StreamOrder order{10000, 64, OrderKind::kFull, 1, 0};
  StreamOrder other_seed = order, other_stream = order;
  other_seed.seed = 2;
  other_stream.stream = 1;
  const auto values = epoch(order, 0);
  // Two independent shuffles agree in one place on average.
  EXPECT_LE(agreements(values, epoch(order, 1)), 8u);
  EXPECT_LE(agreements(values, epoch(other_seed, 0)), 8u);
  EXPECT_LE(agreements(values, epoch(other_stream, 0)), 8u);
  EXPECT_EQ(values, epoch(order, 0));
}

// A change of these numbers breaks every run that is to be resumed.
TEST(StreamOrder, IsWhatItHasAlwaysBeen) {
  const StreamOrder order{37528, 64, OrderKind::kFull, 1, 2};
  std::vector<std::uint64_t> first, later;
  for (std::uint64_t n = 0; n < 6; ++n) {
    first.push_back(order.sample(0, n));
    later.push_back(order.sample(39, 37500 + n));
  }
  EXPECT_EQ(first, (std::vector<std::uint64_t>{7102, 26100, 35848, 16887, 4064, 9445}));
  EXPECT_EQ(later, (std::vector<std::uint64_t>{35607, 7374, 24773, 36583, 3242, 28349}));
  EXPECT_EQ(whole(10, 3), (std::vector<std::uint64_t>{5, 1, 9, 3, 6, 4, 0, 7, 2, 8}));
}

TEST(StreamOrder, DealsWholeBatchesAndLeavesTheRestOut) {
  const StreamOrder order{10, 3, OrderKind::kFull, 1, 0};
  EXPECT_EQ(order.batches_per_epoch(), 3u);
  const std::pair<std::uint64_t, std::uint64_t> expected[] = {
      {0, 0}, {0, 3}, {0, 6}, {1, 0}, {1, 3}};
  for (std::uint64_t batch = 0; batch < 5; ++batch) {
    const auto [number, n] = order.position(batch);
    EXPECT_EQ(std::pair(number, n), expected[batch]);
  }
}

TEST(StreamOrder, IsTheListsOrderWhenSequential) {
  const StreamOrder order{10, 3, OrderKind::kSequential, 1, 0};
  for (std::uint64_t n = 0; n < 10; ++n) EXPECT_EQ(order.sample(n, n), n);
}

StreamOrder window_order(std::uint64_t samples, std::uint64_t block, std::uint64_t window) {
  StreamOrder order{samples, 1, OrderKind::kWindow, 1, 2};
  order.block = block;
  order.window = window;
  return order;
}

TEST(WindowOrder, TakesEverySampleOnce) {
  for (const std::uint64_t samples : {1, 2, 9, 10, 11, 63, 64, 65, 100, 1000, 37528}) {
    for (const std::uint64_t block : {1, 2, 7, 10, 64, 1000}) {
      for (const std::uint64_t window : {1, 2, 3, 8}) {
        for (const std::uint64_t number : {0, 1, 2}) {
          if (samples == 37528 && block < 64) continue;
          std::vector<std::uint64_t> values = epoch(window_order(samples, block, window), number);
          std::sort(values.begin(), values.end());
          for (std::uint64_t n = 0; n < samples; ++n) {
            ASSERT_EQ(values[n], n) << samples << " in blocks of " << block << " by " << window;
          }
        }
      }
    }
  }
}

TEST(WindowOrder, TakesEachWindowFromItsNumberOfBlocks) {
  const StreamOrder order = window_order(1000, 30, 4);  // 34 blocks, the last of 10 samples
  for (std::uint64_t number = 0; number < 20; ++number) {
    const std::vector<std::uint64_t> values = epoch(order, number);
    std::uint64_t n = 0;
    for (std::uint64_t window = 0; window < 9; ++window) {
      std::vector<std::uint64_t> blocks;
      const std::uint64_t count = window == 8 ? 2 : 4;
      for (; n < 1000; ++n) {
        const std::uint64_t block = values[n] / 30;
        if (std::find(blocks.begin(), blocks.end(), block) != blocks.end()) continue;
        if (blocks.size() == count) break;
        blocks.push_back(block);
      }
      EXPECT_EQ(blocks.size(), count);
    }
    EXPECT_EQ(n, 1000u);
  }
}

TEST(WindowOrder, PutsEachBlockAnywhere) {
  const StreamOrder order = window_order(95, 10, 1);
  std::vector<std::vector<unsigned>> seen(10, std::vector<unsigned>(10));
  for (std::uint64_t number = 0; number < 2000; ++number) {
    const auto values = epoch(order, number);
    std::uint64_t place = 0;
    for (std::size_t n = 0; n < values.size(); ++place) {
      const std::uint64_t block = values[n] / 10;
      ++seen[block][place];
      while (n < values.size() && values[n] / 10 == block) ++n;
    }
  }
  for (const auto& places : seen) {
    for (const unsigned count : places) EXPECT_NEAR(count, 200, 70);  // 5 standard deviations
  }
}

TEST(ShuffleWindow, IsWhatTheSamplesComeFrom) {
  for (const OrderKind kind : {OrderKind::kFull, OrderKind::kWindow, OrderKind::kSequential}) {
    for (const std::uint64_t samples : {29, 90, 95, 100, 1000}) {
      StreamOrder order = window_order(samples, 10, 3);
      order.kind = kind;
      for (std::uint64_t number = 0; number < 3; ++number) {
        std::uint64_t n = 0;
        while (n < samples) {
          const ShuffleWindow window = shuffle_window_at(order, number, n);
          ASSERT_EQ(window.begin, n);
          std::vector<std::uint64_t> expected, found;
          for (const ShuffleWindow::Range& range : window.blocks) {
            for (std::uint64_t sample = range.begin; sample < range.end; ++sample)
              expected.push_back(sample);
          }
          for (; n < window.end; ++n) found.push_back(order.sample(number, n));
          std::sort(expected.begin(), expected.end());
          std::sort(found.begin(), found.end());
          ASSERT_EQ(found, expected);
          ASSERT_EQ(shuffle_window_at(order, number, window.end - 1).begin, window.begin);
        }
      }
    }
  }
}

TEST(WindowOrder, IsOneShuffleOfAllWhenTheWindowHoldsAll) {
  StreamOrder full = window_order(1000, 100, 10);
  full.kind = OrderKind::kFull;
  EXPECT_EQ(epoch(window_order(1000, 100, 10), 3), epoch(full, 3));
}

// As for the full order: a change breaks every run that is to be resumed.
TEST(WindowOrder, IsWhatItHasAlwaysBeen) {
  const StreamOrder order = window_order(37528, 2600, 4);
  std::vector<std::uint64_t> first, later;
  for (std::uint64_t n = 0; n < 6; ++n) {
    first.push_back(order.sample(0, n));
    later.push_back(order.sample(39, 37500 + n));
  }
  EXPECT_EQ(first, (std::vector<std::uint64_t>{25220, 25487, 16996, 27484, 24734, 26825}));
  EXPECT_EQ(later, (std::vector<std::uint64_t>{774, 455, 3494, 2889, 18642, 3868}));
}

TEST(OrderKind, IsKnownByItsNameAlone) {
  for (const OrderKind kind : {OrderKind::kFull, OrderKind::kWindow, OrderKind::kSequential}) {
    EXPECT_EQ(order_kind_from_name(order_kind_name(kind)), kind);
  }
  EXPECT_THROW(order_kind_from_name("random"), Error);
}

TEST(Slice, DealsABatchToAnyNumberOfProcesses) {
  for (std::uint64_t batch = 0; batch < 70; ++batch) {
    for (std::uint32_t count = 1; count < 9; ++count) {
      std::uint64_t next = 0;
      for (std::uint32_t index = 0; index < count; ++index) {
        const Slice slice{index, count};
        EXPECT_EQ(slice.begin(batch), next);
        next = slice.end(batch);
        EXPECT_LE(next - slice.begin(batch), (batch + count - 1) / count);
      }
      EXPECT_EQ(next, batch);
    }
  }
}

}  // namespace
}  // namespace rod::stream
