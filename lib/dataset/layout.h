// What a tree of files is: which layout, which splits, which samples.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dataset/tree.h"

namespace rod {

struct Sample {
  std::string rgb, depth;   // paths in the tree
  std::string key;          // the path as the split list writes it
  std::int64_t label = 0;
  std::uint64_t line = 0;   // of the split list, from 0
};

struct Split {
  std::string name;         // "synROD-train", "synROD-test", "ROD"
  std::string list;         // path of its list
  std::vector<Sample> samples;
};

struct Dataset {
  std::string layout;                // "rod-synrod-2022", "rod-synrod-2020", "hb"
  std::string explanation;           // one sentence: what was recognised by what
  std::vector<std::string> classes;  // [classes] by label
  std::vector<Split> splits;         // by name
};

struct LayoutOptions {
  std::string layout = "auto";                              // auto | rod-synrod | hb
  std::vector<std::pair<std::string, std::string>> splits;  // NAME=LIST, instead of those found
};

// Finds the split lists wherever they lie in the tree and resolves each line to its pair of files.
// Errors: BadInput saying what was looked for and what the tree holds; or naming list, line and the first absent
// images, with their number.
Dataset recognise(const Tree& tree, const LayoutOptions& options);

}  // namespace rod
