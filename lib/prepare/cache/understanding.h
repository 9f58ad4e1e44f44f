// How `cache` understands a source, for the user to check before the work starts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dataset/inventory.h"
#include "dataset/layout.h"
#include "shard/manifest.h"

namespace rod::prepare {

inline constexpr const char* kSourcesName = "sources.jsonl";

// The interpretation of SOURCE.
struct Understanding {
  struct Pair {
    std::string split, class_name, rgb, depth;
  };
  std::string explanation, layout, structure, modality;
  std::vector<std::pair<std::string, std::uint64_t>> splits;  // name, pairs
  std::vector<std::string> classes;
  bool has_depth = false;
  std::vector<Pair> examples;
  dataset::Inventory inventory;
  std::string fault;  // why cache() would refuse it; empty if it would not
};

Understanding understanding_of(const dataset::Dataset& dataset, dataset::Inventory inventory);

// Returns text for a terminal, without a newline at the end: layout, splits, classes, how RGB and
// depth were distinguished, three pairs, what is left out and why. `whole`: also the options that
// would change this.
std::string describe(const Understanding& source, bool whole);

// Returns the counts that dataset.json stores; nothing if a list defines the data set or nothing is
// left out.
std::optional<shard::SourceCounts> counts_to_keep(const dataset::Dataset& dataset,
                                                  const dataset::Inventory& inventory);

}  // namespace rod::prepare
