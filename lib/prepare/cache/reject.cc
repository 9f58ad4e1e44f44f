#include "prepare/cache/reject.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/units.h"

namespace rod::prepare {
namespace {

constexpr std::size_t kShown = 10;

bool is_digit(char c) {
  return '0' <= c && c <= '9';
}

// The reason with one # for each number.
std::string without_numbers(const std::string& reason) {
  std::string text;
  for (const char c : reason) {
    if (!is_digit(c)) {
      text += c;
    } else if (text.empty() || text.back() != '#') {
      text += '#';
    }
  }
  return text;
}

}  // namespace

std::vector<RejectGroup> by_reason(const std::vector<Reject>& rejects) {
  std::vector<RejectGroup> groups;
  std::map<std::string, std::size_t> place;
  for (const Reject& reject : rejects) {
    const auto [found, is_new] = place.emplace(without_numbers(reject.reason), groups.size());
    if (is_new) groups.push_back({0, reject});
    ++groups[found->second].count;
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const RejectGroup& a, const RejectGroup& b) { return a.count > b.count; });
  return groups;
}

std::string describe(const std::vector<RejectGroup>& groups) {
  std::string text;
  for (std::size_t n = 0; n < std::min(groups.size(), kShown); ++n) {
    const RejectGroup& group = groups[n];
    text += fmt::format("  {} pair{}: {}{}{}\n", format_count(group.count),
                        group.count == 1 ? "" : "s", group.example.reason,
                        group.count == 1 ? ": " : ", such as ", group.example.file);
  }
  if (groups.size() > kShown)
    text += fmt::format("  and {} more reasons\n", groups.size() - kShown);
  return text;
}

}  // namespace rod::prepare
