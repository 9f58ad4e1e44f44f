// Many texts in little memory.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text_index.h"
#include "base/text_pool.h"

namespace rod {
namespace {

std::vector<std::string_view> numbers(TextPool& pool, std::size_t count) {
  std::vector<std::string_view> texts;
  for (std::size_t n = 0; n < count; ++n) texts.push_back(pool.add(std::to_string(n)));
  return texts;
}

TEST(TextPool, KeepsTextsOfAnyLengthWhereTheyAre) {
  TextPool pool;
  const std::string large(1 << 20, 'x');
  const std::string_view first = pool.add(std::string("first")), big = pool.add(large);
  const auto texts = numbers(pool, 100'000);
  EXPECT_EQ(first, "first");
  EXPECT_EQ(big, large);
  for (std::size_t n = 0; n < texts.size(); ++n) ASSERT_EQ(texts[n], std::to_string(n));
  EXPECT_TRUE(pool.add("").empty());
}

TEST(TextIndex, FindsEachTextAndNoOther) {
  TextPool pool;
  for (const std::size_t count : {0u, 1u, 2u, 3u, 1000u, 50'000u}) {
    const auto texts = numbers(pool, count);
    const TextIndex index(texts);
    for (std::size_t n = 0; n < count; ++n) ASSERT_EQ(index.find(texts, std::to_string(n)), n);
    EXPECT_FALSE(index.find(texts, std::to_string(count)));
    EXPECT_FALSE(index.find(texts, ""));
  }
  EXPECT_FALSE(TextIndex().find({}, "a"));
}

}  // namespace
}  // namespace rod
