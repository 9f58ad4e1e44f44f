#include "prepare/cache/channel_sums.h"

#include <algorithm>
#include <cmath>

namespace rod::prepare {
namespace {

using Wide = unsigned __int128;

// Bytes at equal distances of 48 belong to one channel and to one vector lane, whatever the
// vector's width: the compiler turns the inner loop into plain vector additions.
void add_colour(const image::Image& image, ChannelSums& sums) {
  constexpr std::size_t kLanes = 48;
  constexpr std::size_t kBlock = kLanes * 65'536;  // 65536 x 255^2 < 2^32: no lane overflows
  const std::uint8_t* data = image.u8();
  const std::size_t bytes = image.bytes.size();
  for (std::size_t begin = 0; begin < bytes; begin += kBlock) {
    std::array<std::uint32_t, kLanes> sum{}, squares{};
    const std::size_t end = std::min(begin + kBlock, bytes);
    std::size_t at = begin;
    for (; at + kLanes <= end; at += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const std::uint32_t value = data[at + lane];
        sum[lane] += value;
        squares[lane] += value * value;
      }
    }
    for (; at < end; ++at) {
      const std::uint32_t value = data[at];
      sums.sum[at % 3] += value;
      sums.squares[at % 3] += value * value;
    }
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      sums.sum[lane % 3] += sum[lane];
      sums.squares[lane % 3] += squares[lane];
    }
  }
}

void add_single(const image::Image& image, ChannelSums& sums) {
  const std::size_t count = std::size_t{image.height} * image.width;
  for (std::size_t n = 0; n < count; ++n) {
    const std::uint64_t value = image.u16()[n];
    sums.sum[0] += value;
    sums.squares[0] += value * value;
  }
}

}  // namespace

void ChannelSums::add(const image::Image& image) {
  pixels += std::uint64_t{image.height} * image.width;
  if (image.channels == 3) {
    add_colour(image, *this);
  } else {
    add_single(image, *this);
  }
}

void ChannelSums::add(const ChannelSums& other) {
  pixels += other.pixels;
  for (std::size_t c = 0; c < sum.size(); ++c) {
    sum[c] += other.sum[c];
    squares[c] += other.squares[c];
  }
}

ChannelMoments channel_moments(const std::vector<ChannelSums>& shards, std::uint32_t channels,
                               std::uint32_t sample_bytes) {
  const double scale = sample_bytes == 1 ? 255 : 65'535;
  ChannelMoments moments;
  for (std::uint32_t c = 0; c < channels; ++c) {
    Wide pixels = 0, sum = 0, squares = 0;
    for (const ChannelSums& shard : shards) {
      pixels += shard.pixels;
      sum += shard.sum[c];
      squares += shard.squares[c];
    }
    if (pixels == 0) return {};
    // n^2 variance = n sum(x^2) - sum(x)^2, in integers until the last step.
    const double count = static_cast<double>(pixels);
    const double spread = static_cast<double>(pixels * squares - sum * sum);
    moments.mean.push_back(static_cast<double>(sum) / count / scale);
    moments.deviation.push_back(std::sqrt(spread) / count / scale);
  }
  return moments;
}

}  // namespace rod::prepare
