#include "stream/order_quality.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

namespace rod::stream {

OrderQuality measure_quality(std::span<const std::uint64_t> first,
                             std::span<const std::uint64_t> second,
                             std::span<const std::int64_t> labels, std::uint32_t batch_size) {
  OrderQuality quality;
  const std::size_t samples = first.size();
  const auto n = double(samples);
  if (samples < 2) return quality;
  double covariance = 0;
  std::size_t neighbours = 0, same_class = 0;
  for (std::size_t at = 0; at < samples; ++at) {
    covariance += (double(first[at]) - (n - 1) / 2) * (double(at) - (n - 1) / 2);
    if (at == 0) continue;
    neighbours += first[at] == first[at - 1] + 1;
    same_class += labels[first[at]] == labels[first[at - 1]];
  }
  quality.rank_correlation = covariance / (n * (n * n - 1) / 12);
  quality.neighbours = double(neighbours) / (n - 1);
  quality.same_class = double(same_class) / (n - 1);

  const std::size_t batches = samples / batch_size;
  std::vector<std::size_t> batch_of(samples, batches);  // in the second epoch
  for (std::size_t at = 0; at < batches * batch_size; ++at) batch_of[second[at]] = at / batch_size;
  std::size_t classes = 0;
  double met_again = 0;
  for (std::size_t batch = 0; batch < batches; ++batch) {
    std::set<std::int64_t> seen;
    std::vector<std::size_t> later;
    for (std::size_t i = 0; i < batch_size; ++i) {
      const std::uint64_t sample = first[batch * batch_size + i];
      seen.insert(labels[sample]);
      if (batch_of[sample] < batches) later.push_back(batch_of[sample]);
    }
    classes += seen.size();
    std::sort(later.begin(), later.end());
    for (std::size_t i = 1; i < later.size(); ++i) met_again += later[i] == later[i - 1];
  }
  if (batches > 0) {
    quality.classes_per_batch = double(classes) / double(batches);
    quality.repeats = met_again / double(batches);
  }
  return quality;
}

std::vector<std::uint64_t> list_epoch(const StreamOrder& order, std::uint64_t epoch) {
  std::vector<std::uint64_t> samples(order.samples);
  for (std::uint64_t n = 0; n < order.samples; ++n) samples[n] = order.sample(epoch, n);
  return samples;
}

std::vector<std::uint64_t> random_epoch(std::uint64_t samples, std::uint64_t seed) {
  std::vector<std::uint64_t> values(samples);
  std::iota(values.begin(), values.end(), 0);
  std::shuffle(values.begin(), values.end(), std::mt19937_64(seed));
  return values;
}

}  // namespace rod::stream
