#include "base/units.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace rod {
namespace {

using std::chrono::duration;
using std::chrono::seconds;

TEST(Units, ANumberIsTheWholeText) {
  EXPECT_EQ(parse_number("-1.5e3"), -1500);
  for (const char* text : {"", "1 ", " 1", "1x", "1,5", "inf", "nan", "1e999", "0x1"})
    EXPECT_FALSE(parse_number(text)) << text;
}

TEST(TakeNumber, TakesTheLongestNumberAtTheFront) {
  struct Case {
    const char* text;
    double number;
    const char* rest;
  };
  for (const auto& [text, number, rest] :
       {Case{"12", 12, ""}, Case{"-0.25,3", -0.25, ",3"}, Case{"3e-4", 3e-4, ""}, Case{"5.", 5, ""},
        Case{".5x", 0.5, "x"}, Case{"2e", 2, "e"}, Case{"2e+m", 2, "e+m"},
        Case{"0x10", 0, "x10"}}) {
    std::string_view left = text;
    EXPECT_EQ(take_number(left), number) << text;
    EXPECT_EQ(left, rest) << text;
  }
  std::string_view size = "1e3";
  EXPECT_EQ(take_number(size, Exponent::kRefused), 1);
  EXPECT_EQ(size, "e3");
}

TEST(TakeNumber, LeavesWhatIsNoNumber) {
  for (const char* text : {"", "-", ".", "+1", " 1", "e3", "nan", "inf", "-inf", "1e999"}) {
    std::string_view left = text;
    EXPECT_EQ(take_number(left), std::nullopt) << text;
    EXPECT_EQ(left, text);
  }
}

TEST(ParseSize, AcceptsBinaryAndDecimalUnits) {
  EXPECT_EQ(parse_size("4096"), 4096u);
  EXPECT_EQ(parse_size("256MiB"), 256u << 20);
  EXPECT_EQ(parse_size("256M"), 256u << 20);
  EXPECT_EQ(parse_size("2GB"), 2'000'000'000u);
  EXPECT_EQ(parse_size("1.5 GiB"), 3u << 29);
  EXPECT_EQ(parse_size("0"), 0u);
}

TEST(ParseSize, RefusesWhatIsNoSize) {
  for (const char* text :
       {"", "MiB", "-1", "12 parsecs", "1e3", "1GB2", "99999999999PB", "0x10", "nan"}) {
    try {
      parse_size(text);
      ADD_FAILURE() << "'" << text << "' was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_NE(std::string(error.what()).find("256MiB"), std::string::npos);
    }
  }
}

TEST(ParseDuration, AddsUpItsParts) {
  EXPECT_EQ(parse_duration("45"), seconds(45));
  EXPECT_EQ(parse_duration("45s"), seconds(45));
  EXPECT_EQ(parse_duration("10min"), seconds(600));
  EXPECT_EQ(parse_duration("11h30m"), seconds(41400));
  EXPECT_EQ(parse_duration("1d 2h"), seconds(93600));
}

TEST(ParseDuration, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "h", "10 fortnights", "-5s", "1h-5m", "99999999999999d"}) {
    EXPECT_THROW(parse_duration(text), Error) << text;
  }
}

TEST(FormatSize, KeepsThreeDigits) {
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(999), "999 B");
  EXPECT_EQ(format_size(1000), "1.0 kB");
  EXPECT_EQ(format_size(8.34e9), "8.3 GB");
  EXPECT_EQ(format_size(61.2e6), "61.2 MB");
  EXPECT_EQ(format_size(999.6e6), "1.0 GB");
}

TEST(FormatCount, GroupsThousands) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(154610), "154,610");
  EXPECT_EQ(format_count(1234567890), "1,234,567,890");
}

TEST(FormatDuration, ChoosesItsUnit) {
  EXPECT_EQ(format_duration(duration<double>(0.31)), "0.3 s");
  EXPECT_EQ(format_duration(duration<double>(42.3)), "42 s");
  EXPECT_EQ(format_duration(duration<double>(185)), "3 min 05 s");
  EXPECT_EQ(format_duration(duration<double>(4800)), "1 h 20 min");
}

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
