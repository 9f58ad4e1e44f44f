// Orders against a true random permutation, by the same measure.
#include "stream/order_quality.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rod::stream {
namespace {

constexpr std::uint64_t kSamples = 32000, kClasses = 50;
constexpr std::uint32_t kBatch = 64;

// Samples lie by class, as split lists do.
std::vector<std::int64_t> labels() {
  std::vector<std::int64_t> labels(kSamples);
  for (std::uint64_t n = 0; n < kSamples; ++n)
    labels[n] = static_cast<std::int64_t>(n * kClasses / kSamples);
  return labels;
}

OrderQuality quality_of(OrderKind kind, std::uint64_t window) {
  StreamOrder order{kSamples, kBatch, kind, 1, 2};
  order.block = 1000;
  order.window = window;
  return measure_quality(list_epoch(order, 0), list_epoch(order, 1), labels(), kBatch);
}

OrderQuality random_quality(std::uint64_t seed) {
  return measure_quality(random_epoch(kSamples, 2 * seed), random_epoch(kSamples, 2 * seed + 1),
                         labels(), kBatch);
}

// Within what eight random permutations differ by, six times over.
void expect_as_random(double OrderQuality::*figure, const OrderQuality& found, const char* name) {
  double sum = 0, squares = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const double value = random_quality(seed).*figure;
    sum += value;
    squares += value * value;
  }
  const double mean = sum / 8, deviation = std::sqrt(std::max(0.0, squares / 8 - mean * mean));
  EXPECT_NEAR(found.*figure, mean, 6 * deviation + 1e-9) << name;
}

TEST(OrderQuality, OfTheFullOrderIsThatOfARandomPermutation) {
  const OrderQuality full = quality_of(OrderKind::kFull, 1);
  expect_as_random(&OrderQuality::rank_correlation, full, "rank correlation");
  expect_as_random(&OrderQuality::neighbours, full, "neighbours");
  expect_as_random(&OrderQuality::same_class, full, "same class");
  expect_as_random(&OrderQuality::classes_per_batch, full, "classes per batch");
  expect_as_random(&OrderQuality::repeats, full, "repeats");
}

TEST(OrderQuality, OfTheWindowOrderGrowsWithTheWindow) {
  const OrderQuality sequential = quality_of(OrderKind::kSequential, 1),
                     one = quality_of(OrderKind::kWindow, 1),
                     eight = quality_of(OrderKind::kWindow, 8), random = random_quality(1);
  EXPECT_LT(sequential.classes_per_batch, one.classes_per_batch + 1);
  EXPECT_LT(one.classes_per_batch, eight.classes_per_batch);
  EXPECT_LT(eight.classes_per_batch, random.classes_per_batch);
  EXPECT_GT(one.same_class, eight.same_class);
  EXPECT_GT(eight.same_class, random.same_class);
  EXPECT_LT(std::abs(eight.rank_correlation), 0.9);
}

TEST(OrderQuality, OfTheListsOrderIsNone) {
  const OrderQuality list = quality_of(OrderKind::kSequential, 1);
  EXPECT_NEAR(list.rank_correlation, 1, 1e-9);
  EXPECT_EQ(list.neighbours, 1);
  EXPECT_GT(list.same_class, 0.99);
  EXPECT_LT(list.classes_per_batch, 1.2);
  EXPECT_EQ(list.repeats, kBatch - 1);
}

}  // namespace
}  // namespace rod::stream
