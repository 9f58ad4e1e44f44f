// Mean and standard deviation of a channel from exact integer sums, which do not depend on the
// order of work.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "image/image.h"

namespace rod::prepare {

// Sums over all pixels of some images of one kind. Exact while pixels x 65535^2 < 2^64, about four
// billion pixels of 16 bits; therefore each shard has its own sums, and only ChannelMoments
// combines shards.
struct ChannelSums {
  std::uint64_t pixels = 0;
  std::array<std::uint64_t, 3> sum{}, squares{};  // by channel; a single channel is the first

  void add(const image::Image& image);
  void add(const ChannelSums& other);
};

struct ChannelMoments {
  std::vector<double> mean, deviation;  // [channels], in 0-1 of the samples' range
};

// Returns the moments over all `shards`; empty vectors if there are no pixels. Values are divided
// by 255 if `sample_bytes` is 1, by 65535 if it is 2.
ChannelMoments channel_moments(const std::vector<ChannelSums>& shards, std::uint32_t channels,
                               std::uint32_t sample_bytes);

}  // namespace rod::prepare
