// Integers of untrusted JSON.
#pragma once

#include <concepts>
#include <cstdint>
#include <utility>

#include "base/error.h"

namespace rod {

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
                 "' is no whole number, or one that is not possible here");
}

}  // namespace rod
