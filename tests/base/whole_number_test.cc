#include "base/whole_number.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace rod {
namespace {

template <typename Integer>
Integer parsed(const char* text) {
  return whole_number<Integer>(nlohmann::json::parse(text));
}

TEST(WholeNumber, TakesTheWholeRange) {
  EXPECT_EQ(parsed<std::uint64_t>("18446744073709551615"),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parsed<std::int64_t>("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parsed<std::uint32_t>("4294967295"), 4294967295u);
  EXPECT_EQ(parsed<std::int64_t>("7"), 7);
}

TEST(WholeNumber, RefusesWhatIsNone) {
  for (const char* text : {"1e99", "1e400", "-1e99", "1.5", "1.0", "true", "null", "\"7\"", "[7]",
                           "{}", "18446744073709551616", "4294967296", "-1"}) {
    const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    EXPECT_THROW(whole_number<std::uint32_t>(json), BadInput) << text;
  }
}

}  // namespace
}  // namespace rod
