#include "base/hash.h"

#include <gtest/gtest.h>

#include <string>

namespace rod {
namespace {

std::span<const std::byte> bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

// The published XXH3 values of the empty input: other programs compute the same.
TEST(Hash, EqualsThePublishedValuesOfTheEmptyInput) {
  EXPECT_EQ(hash64(std::string_view()), 0x2D06800538D394C2u);
  EXPECT_EQ(hash128(std::string_view()).hex(), "99aa06d3014798d86001c324468d497f");
}

TEST(Hasher, GivesTheHashOfThePiecesTogether) {
  const std::string text(100'000, 'x');
  Hasher hasher;
  for (std::size_t at = 0; at < text.size(); at += 777)
    hasher.update(std::string_view(text).substr(at, 777));
  EXPECT_EQ(hasher.digest(), hash128(bytes(text)));
}

TEST(Hash, ChangesWithEveryBit) {
  std::string text(300, '\0');
  const auto plain = hash64(bytes(text));
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(hash64(bytes(text)), plain) << "bit " << bit;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
  }
}

}  // namespace
}  // namespace rod
