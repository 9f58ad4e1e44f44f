// Measures of how well an order is shuffled, to compare with a random permutation.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stream/order.h"

namespace rod::stream {

struct OrderQuality {
  // of position and sample (Spearman): 0 in a random order, 1 in the list's
  double rank_correlation = 0;
  // share of samples that follow their predecessor in the list: 1 / samples at random
  double neighbours = 0;
  double same_class = 0;         // share of samples whose class is that of the one before
  double classes_per_batch = 0;  // mean number of classes in a batch
  // mean number of a batch's samples that meet another of them again an epoch later
  double repeats = 0;
};

// Measures an order. `first` and `second` are two of its epochs, [samples] each; `labels` [samples]
// has each sample's label.
OrderQuality measure_quality(std::span<const std::uint64_t> first,
                             std::span<const std::uint64_t> second,
                             std::span<const std::int64_t> labels, std::uint32_t batch_size);

// Return one epoch of an order, and of a random order (std::mt19937_64, Fisher-Yates). [samples]
std::vector<std::uint64_t> list_epoch(const StreamOrder& order, std::uint64_t epoch);
std::vector<std::uint64_t> random_epoch(std::uint64_t samples, std::uint64_t seed);

}  // namespace rod::stream
