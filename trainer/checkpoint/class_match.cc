#include "trainer/checkpoint/class_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace rod::trainer {

ClassMatch match_classes(const std::vector<std::string>& network,
                         const std::vector<std::string>& data) {
  std::map<std::string, std::int64_t> label_of;
  for (std::size_t label = 0; label < network.size(); ++label) {
    label_of.emplace(network[label], static_cast<std::int64_t>(label));
  }
  ClassMatch match;
  for (const std::string& name : data) {
    const auto found = label_of.find(name);
    match.labels.push_back(found == label_of.end() ? -1 : found->second);
    if (found == label_of.end()) match.unknown.push_back(name);
  }
  for (const std::string& name : network) {
    if (std::find(data.begin(), data.end(), name) == data.end()) match.absent.push_back(name);
  }
  return match;
}

std::string list_classes(const std::vector<std::string>& names) {
  constexpr std::size_t kListed = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kListed); ++i) {
    text += fmt::format("{}'{}'", i == 0 ? "" : ", ", names[i]);
  }
  if (names.size() > kListed) text += fmt::format(" and {} more", names.size() - kListed);
  return text;
}

}  // namespace rod::trainer
