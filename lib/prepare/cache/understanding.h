// What `cache` takes a source for, so that a person sees it before the work.
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

// What SOURCE was understood to be.
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
  std::string fault;  // why cache() would refuse it; empty: it would not
};

Understanding understanding_of(const dataset::Dataset& dataset, dataset::Inventory inventory);

// For a terminal, without a newline at the end: layout, splits, classes, how RGB was told from
// depth, three pairs, what is left out and why. `whole`: also the options that would change it.
std::string describe(const Understanding& source, bool whole);

// What dataset.json keeps: nothing where a list says what belongs to the data set, and where
// nothing is left out.
std::optional<shard::SourceCounts> counts_to_keep(const dataset::Dataset& dataset,
                                                  const dataset::Inventory& inventory);

}  // namespace rod::prepare
