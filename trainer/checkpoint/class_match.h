// How the classes of a network and those of a data set correspond: by name, in any order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rod::trainer {

struct ClassMatch {
  // [classes of the data set] the network's label of each; -1: the network does not know it.
  std::vector<std::int64_t> labels;
  std::vector<std::string> unknown;  // classes of the data set that the network does not know
  std::vector<std::string> absent;   // classes of the network that the data set lacks
};

// Requires: no name twice within either.
ClassMatch match_classes(const std::vector<std::string>& network,
                         const std::vector<std::string>& data);

// "'cup', 'mug' and 3 more", for a message.
std::string list_classes(const std::vector<std::string>& names);

}  // namespace rod::trainer
