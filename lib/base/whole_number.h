// Whole numbers of a JSON text that comes from elsewhere.
#pragma once

#include <concepts>
#include <cstdint>
#include <utility>

#include "base/error.h"

namespace rod {

// nlohmann's get() makes some integer of -1, 1.5 and 2^40, and undefined behaviour of 1e99. Errors:
// BadInput when `json` is no whole number of Integer's range.
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
