// Mean and standard deviation of a channel from exact integer sums, so that no order of work
// changes them.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "image/image.h"

namespace rod::prepare {

// Over all pixels of some images of one kind. Exact while pixels x 65535^2 < 2^64: some four
// billion pixels of 16 bits, which is why a shard has its own and only ChannelMoments joins shards.
struct ChannelSums {
  std::uint64_t pixels = 0;
  std::array<std::uint64_t, 3> sum{}, squares{};  // by channel; a single channel is the first

  void add(const image::Image& image);
  void add(const ChannelSums& other);
};

struct ChannelMoments {
  std::vector<double> mean, deviation;  // [channels], in 0-1 of the samples' range
};

// Empty vectors for no pixels. `sample_bytes` 1: 255 is 1; 2: 65535 is 1.
ChannelMoments channel_moments(const std::vector<ChannelSums>& shards, std::uint32_t channels,
                               std::uint32_t sample_bytes);

}  // namespace rod::prepare
