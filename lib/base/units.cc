#include "base/units.h"

#include <fmt/format.h>
#include <locale.h>

#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/error.h"

namespace rod {
namespace {

struct Unit {
  std::string_view name;  // lower case
  double factor;
};

constexpr std::array<Unit, 17> kSizeUnits = {{{"", 1},
                                              {"b", 1},
                                              {"k", 0x1p10},
                                              {"kib", 0x1p10},
                                              {"kb", 1e3},
                                              {"m", 0x1p20},
                                              {"mib", 0x1p20},
                                              {"mb", 1e6},
                                              {"g", 0x1p30},
                                              {"gib", 0x1p30},
                                              {"gb", 1e9},
                                              {"t", 0x1p40},
                                              {"tib", 0x1p40},
                                              {"tb", 1e12},
                                              {"p", 0x1p50},
                                              {"pib", 0x1p50},
                                              {"pb", 1e15}}};

constexpr std::array<Unit, 9> kTimeUnits = {{{"", 1},
                                             {"s", 1},
                                             {"sec", 1},
                                             {"m", 60},
                                             {"min", 60},
                                             {"h", 3600},
                                             {"hour", 3600},
                                             {"hours", 3600},
                                             {"d", 86400}}};

[[noreturn]] void refuse(std::string_view text, std::string_view examples) {
  throw Error(ErrorKind::kUsage, fmt::format("'{}' is not understood; write {}", text, examples));
}

// Takes one "number unit" off the front of `rest` and returns the product, or NaN.
template <std::size_t N>
double take_quantity(std::string_view& rest, const std::array<Unit, N>& units) {
  const auto skip_spaces = [&rest] {
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  };
  skip_spaces();
  const std::optional<double> number = take_number(rest, Exponent::kRefused);
  if (!number || *number < 0) return std::numeric_limits<double>::quiet_NaN();
  skip_spaces();
  std::string name;
  while (!rest.empty() && std::isalpha(static_cast<unsigned char>(rest.front()))) {
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(rest.front())));
    rest.remove_prefix(1);
  }
  for (const Unit& unit : units) {
    if (unit.name == name) return *number * unit.factor;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::optional<double> take_number(std::string_view& text, Exponent exponent) {
  std::size_t end = text.starts_with('-') ? 1 : 0;
  const auto skip_digits = [&text, &end] {
    const std::size_t start = end;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    return end - start;
  };
  std::size_t digits = skip_digits();
  if (end < text.size() && text[end] == '.') {
    ++end;
    digits += skip_digits();
  }
  if (digits == 0) return std::nullopt;
  if (exponent == Exponent::kAllowed && end < text.size() &&
      (text[end] == 'e' || text[end] == 'E')) {
    const std::size_t mantissa_end = end++;
    if (end < text.size() && (text[end] == '-' || text[end] == '+')) ++end;
    if (skip_digits() == 0) end = mantissa_end;
  }
  static const locale_t plain = newlocale(LC_ALL_MASK, "C", nullptr);
  const double number = strtod_l(std::string(text.substr(0, end)).c_str(), nullptr, plain);
  if (!std::isfinite(number)) return std::nullopt;
  text.remove_prefix(end);
  return number;
}

std::optional<double> parse_number(std::string_view text) {
  const std::optional<double> number = take_number(text);
  return text.empty() ? number : std::nullopt;
}

std::uint64_t parse_size(std::string_view text) {
  std::string_view rest = text;
  const double bytes = take_quantity(rest, kSizeUnits);
  if (!rest.empty() || !(bytes < 0x1p63)) refuse(text, "a size such as 4096, 256MiB or 2GB");
  return static_cast<std::uint64_t>(bytes);
}

std::chrono::seconds parse_duration(std::string_view text) {
  std::string_view rest = text;
  double seconds = 0;
  do {
    seconds += take_quantity(rest, kTimeUnits);
  } while (!rest.empty() && seconds < 1e9);
  if (!(seconds < 1e9)) refuse(text, "a duration such as 45s, 10min or 11h30m");
  return std::chrono::seconds(std::llround(seconds));
}

std::string format_size(double bytes) {
  constexpr std::array<const char*, 6> kNames = {"B", "kB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < kNames.size()) {
    bytes /= 1000;
    ++unit;
  }
  const int decimals = unit == 0 || bytes >= 99.95 ? 0 : 1;
  return fmt::format("{:.{}f} {}", bytes, decimals, kNames[unit]);
}

std::string format_count(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return digits;
}

std::string format_duration(std::chrono::duration<double> time) {
  const double seconds = std::max(0.0, time.count());
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace rod
