// Recognises a tree of files: its layout, splits and samples.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text_pool.h"
#include "dataset/tree.h"

namespace rod::dataset {

// Its texts are owned by the Dataset, to save memory.
struct Sample {
  // Paths in the tree. One is empty in a data set of only RGB or only depth.
  std::string_view rgb, depth;
  std::string_view key;  // the path as the split list writes it
  std::int64_t label = 0;
  std::uint64_t line = 0;  // of the split list, from 0

  std::string_view image() const { return rgb.empty() ? depth : rgb; }  // which names the sample
};

struct Split {
  std::string name;    // "synROD-train", "synROD-test", "ROD"; "HB_Syn-train", …; "train"; "all"
  std::string list;    // path of its list; empty if folders are the classes
  std::string folder;  // of the tree; the paths of all its samples begin with it
  std::vector<Sample> samples;  // in the list's order; at least one
};

// An image that became part of no sample.
struct LeftOut {
  std::string path;               // in the tree
  std::string reason;             // "has no depth image", "is a mask", …
  std::string split, class_name;  // where it would belong; empty if unknown
};

struct Dataset {
  std::string layout;                // one of layout_names(), with its year if known
  std::string explanation;           // one sentence: what was recognised, and how
  std::vector<std::string> classes;  // [classes] by label
  std::vector<Split> splits;         // by name
  std::string modality;              // how RGB and depth were distinguished
  std::string structure;             // of layout `folders`: "split/class", see LayoutOptions
  std::vector<LeftOut> left_out;     // of layout folders
  // One sentence for each whole class, split or modality that would be missing.
  std::vector<std::string> losses;
  std::vector<std::string> lists;  // the tree's files that list the samples
  std::uint64_t ignored_rows = 0;  // of tables, by --ignore-label

  std::shared_ptr<TextPool> texts = std::make_shared<TextPool>();  // of samples

  std::string_view text(std::string_view copied) { return texts->add(copied); }
  bool has_rgb() const { return !splits.front().samples.front().rgb.empty(); }
  bool has_depth() const { return !splits.front().samples.front().depth.empty(); }
};

struct LayoutOptions {
  std::string layout = "auto";  // one of layout_names()
  // NAME=LIST, in place of the splits found. LIST is a file of the tree, or otherwise on the disk;
  // with layout `folders` it is a folder of the tree.
  std::vector<std::pair<std::string, std::string>> splits;
  bool allow_absent = false;  // samples may name files that the tree lacks
  bool smallset = false;      // the course's small lists instead of the full ones
  // Layout `folders`: which files are RGB and which are depth, see NamePattern. Both empty:
  // inferred. One empty: the data set lacks that modality.
  std::string rgb_pattern = {}, depth_pattern = {};
  // Layout `folders`: what each folder of a path names, from the top, not counting those that name
  // a modality: `split`, `class` or `*`, such as "class/split" or "*/split/class". Empty: inferred.
  std::string structure = {};
  std::string ignore_label = {};  // layout `list`: rows with this label give no sample
};

// "auto", then the name of each layout.
std::vector<std::string> layout_names();

// Finds the split lists anywhere in the tree and resolves each line to its pair of files: below the
// list's folder, or otherwise below the upper folder of the tree that contains them. Without lists,
// the folders' names are the classes. Throws BadInput if nothing is recognised (the message says
// what was expected and what the tree contains), if the tree can be interpreted in two ways (it
// lists both), or if images are missing (it gives list, line, the first images and their number);
// Error(kUsage) for an unknown layout or a split name that can't name a folder.
Dataset recognise(const Tree& tree, const LayoutOptions& options);

// Throws BadInput if images of the split are missing: the message gives list, line, the first
// images and their number.
void refuse_absent_files(const Tree& tree, const Split& split);

}  // namespace rod::dataset
