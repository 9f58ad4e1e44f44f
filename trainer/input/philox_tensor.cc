#include <array>
#include <cmath>

#include "trainer/input/appearance.h"

namespace rod::trainer {
namespace {

constexpr std::int64_t kWord = 0xFFFFFFFF;

torch::Tensor low_word(const torch::Tensor& x) {
  return x.bitwise_and(kWord);
}

// Also of a product that has overflown into the sign.
torch::Tensor high_word(const torch::Tensor& x) {
  return low_word(x.bitwise_right_shift(torch::Scalar(32)));
}

std::int64_t blocks_for(std::int64_t count) {
  return (count + 3) / 4;
}

}  // namespace

torch::Tensor philox(std::uint64_t key, const torch::Tensor& positions, std::int64_t blocks) {
  constexpr std::int64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  constexpr int kRounds = 10;

  const torch::Tensor block = torch::arange(blocks, positions.options()).unsqueeze(0);
  const torch::Tensor position = positions.unsqueeze(1);
  const torch::Tensor zero = torch::zeros({positions.size(0), blocks}, positions.options());
  auto key0 = static_cast<std::uint32_t>(key), key1 = static_cast<std::uint32_t>(key >> 32);
  std::array<torch::Tensor, 4> x = {zero + low_word(block), zero + high_word(block),
                                    zero + low_word(position), zero + high_word(position)};
  for (int round = 0; round < kRounds; ++round) {
    const torch::Tensor product0 = x[0] * kMultiplier0, product1 = x[2] * kMultiplier1;
    x = {high_word(product1).bitwise_xor_(x[1]).bitwise_xor_(std::int64_t{key0}),
         low_word(product1),
         high_word(product0).bitwise_xor_(x[3]).bitwise_xor_(std::int64_t{key1}),
         low_word(product0)};
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
  return torch::stack(at::TensorList(x), 2);
}

torch::Tensor uniform_numbers(std::uint64_t key, const torch::Tensor& positions,
                              std::int64_t count) {
  return philox(key, positions, blocks_for(count))
      .flatten(1)
      .slice(1, 0, count)
      .to(torch::kDouble)
      .mul_(0x1p-32);
}

torch::Tensor normal_numbers(std::uint64_t key, const torch::Tensor& positions,
                             std::int64_t count) {
  // 24 bits, which f32 holds exactly; never 0.
  const torch::Tensor unit = philox(key, positions, blocks_for(count))
                                 .bitwise_right_shift(torch::Scalar(8))
                                 .to(torch::kFloat)
                                 .add_(.5)
                                 .mul_(0x1p-24)
                                 .unflatten(2, {2, 2});
  const torch::Tensor radius = unit.select(3, 0).log().mul_(-2).sqrt_();
  const torch::Tensor angle = unit.select(3, 1) * (2 * M_PI);
  return torch::stack({radius * angle.cos(), radius * angle.sin()}, 3)
      .flatten(1)
      .slice(1, 0, count);
}

}  // namespace rod::trainer
