// Parses and formats numbers, sizes, counts and durations, in text and in untrusted JSON.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace rod {

enum class Exponent { kRefused, kAllowed };

// Removes a decimal number, such as "-1.5" or "3e-4", from the front of `text` and returns it,
// regardless of the locale. Returns nothing and leaves `text` unchanged if it starts with no number
// or with one that overflows. std::from_chars does the same from g++ 11 on, but wheels are built
// with g++ 10's library.
std::optional<double> take_number(std::string_view& text, Exponent exponent = Exponent::kAllowed);

// Returns the number if all of `text` is one, as take_number() reads it; otherwise nothing.
std::optional<double> parse_number(std::string_view text);

// "4096", "256MiB", "2GB", "1.5 GiB"; KB is 1000, KiB and K are 1024. Throws Error(kUsage).
std::uint64_t parse_size(std::string_view text);

// "45s", "10min", "11h30m", "1d"; a bare number is seconds. Throws Error(kUsage).
std::chrono::seconds parse_duration(std::string_view text);

std::string format_size(double bytes);          // "8.3 GB"
std::string format_count(std::uint64_t count);  // "154,610"
// "42 s", "3 min 05 s", "1 h 20 min"
std::string format_duration(std::chrono::duration<double> time);

// Returns `json` as Integer. Throws BadInput if it is not a whole number in Integer's range.
// (nlohmann's get() converts -1, 1.5 and 2^40 to some integer and has undefined behaviour for
// 1e99.)
template <std::integral Integer, typename Json>
Integer whole_number(const Json& json) {
  if (json.is_number_unsigned()) {
    const auto value = json.template get<std::uint64_t>();
    if (std::in_range<Integer>(value)) return static_cast<Integer>(value);
  } else if (json.is_number_integer()) {
    const auto value = json.template get<std::int64_t>();
    if (std::in_range<Integer>(value)) return static_cast<Integer>(value);
  }
  throw BadInput("'" + json.dump(-1, ' ', false, Json::error_handler_t::replace) +
                 "' is not a whole number, or is out of range");
}

}  // namespace rod
