#include "dataset/split_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/error.h"

namespace rod::dataset {
namespace {

constexpr std::size_t kLongest = 64;

bool allowed(unsigned char c) {
  return c < 0x80 && (std::isalnum(c) || c == '-' || c == '_' || c == '.');
}

}  // namespace

void check_split_name_option(const std::string& name) {
  const bool safe = !name.empty() && name.size() <= kLongest && name.front() != '.' &&
                    std::all_of(name.begin(), name.end(), allowed);
  if (safe) return;
  throw Error(
      ErrorKind::kUsage,
      fmt::format(
          "--split '{}': a split's name has 1 to {} letters, digits, `-`, `_` and inner `.`", name,
          kLongest));
}

std::string split_name_from(std::string_view text) {
  std::string name(text.substr(0, kLongest));
  for (char& c : name) {
    if (!allowed(static_cast<unsigned char>(c))) c = '-';
  }
  if (name.empty() || name.front() == '.') name.insert(name.begin(), 'x');
  return name.substr(0, kLongest);
}

}  // namespace rod::dataset
