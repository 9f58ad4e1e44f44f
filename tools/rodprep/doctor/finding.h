// Something that was looked for: what was found, or why it was not.
#pragma once

#include <string>
#include <variant>

namespace rod::doctor {

struct Missing {
  std::string reason;  // a sentence for the user
};

// A part that is absent or silent is a value: the doctor goes on to the next one.
template <typename T>
using Finding = std::variant<Missing, T>;

template <typename T>
const T* found(const Finding<T>& finding) {
  return std::get_if<T>(&finding);
}

template <typename T>
std::string why_missing(const Finding<T>& finding) {
  const Missing* const missing = std::get_if<Missing>(&finding);
  return missing == nullptr ? "" : missing->reason;
}

}  // namespace rod::doctor
