// What a tree of files is: which layout, which splits, which samples.
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

// Its texts are the data set's, so that many samples take little memory.
struct Sample {
  // Paths in the tree; one is empty in a data set of RGB or depth alone.
  std::string_view rgb, depth;
  std::string_view key;  // the path as the split list writes it
  std::int64_t label = 0;
  std::uint64_t line = 0;  // of the split list, from 0

  std::string_view image() const { return rgb.empty() ? depth : rgb; }  // by which it is named
};

struct Split {
  std::string name;    // "synROD-train", "synROD-test", "ROD"; "HB_Syn-train", …; "train"; "all"
  std::string list;    // path of its list; empty where folders are the classes
  std::string folder;  // of the tree, with which the paths of all its samples begin
  std::vector<Sample> samples;  // in the list's order; at least one
};

// An image that the layout saw and gave no role.
struct LeftOut {
  std::string path;               // in the tree
  std::string reason;             // "has no depth image", "is a mask", …
  std::string split, class_name;  // where it would belong; empty where that is not known
};

struct Dataset {
  std::string layout;                // one of layout_names(), where known with its year
  std::string explanation;           // one sentence: what was recognised by what
  std::vector<std::string> classes;  // [classes] by label
  std::vector<Split> splits;         // by name
  std::string modality;              // how RGB was told from depth
  std::string structure;             // of layout folders: "split/class", see LayoutOptions
  std::vector<LeftOut> left_out;     // of layout folders
  // Sentences on each whole class, split or modality that would be missing.
  std::vector<std::string> losses;
  std::vector<std::string> lists;  // files of the tree that the samples were read from
  std::uint64_t ignored_rows = 0;  // of tables, by --ignore-label

  std::shared_ptr<TextPool> texts = std::make_shared<TextPool>();  // of samples

  std::string_view text(std::string_view copied) { return texts->add(copied); }
  bool has_rgb() const { return !splits.front().samples.front().rgb.empty(); }
  bool has_depth() const { return !splits.front().samples.front().depth.empty(); }
};

struct LayoutOptions {
  std::string layout = "auto";  // one of layout_names()
  // NAME=LIST, instead of those found. LIST is a file of the tree, or else one of the disk; with
  // layout folders it is a folder of the tree.
  std::vector<std::pair<std::string, std::string>> splits;
  bool allow_absent = false;  // samples may name files that the tree doesn't contain
  bool smallset = false;      // the course's small lists instead of the full ones
  // Layout folders: which files are RGB and which depth, see NamePattern. Both empty: found out;
  // one of them: there are no others.
  std::string rgb_pattern = {}, depth_pattern = {};
  // Layout folders: what each folder of a path names, from the top, without those that name a
  // modality: `split`, `class` or `*`, such as "class/split" or "*/split/class". Empty: found out.
  std::string structure = {};
  std::string ignore_label = {};  // layout list: rows with this label give no sample
};

// "auto", then the name of each layout.
std::vector<std::string> layout_names();

// Finds the split lists wherever they lie in the tree and resolves each line to its pair of files:
// below the list's folder, or else below whichever of the tree's upper folders has them. Without
// lists, the folders' names are the classes; a tree that can be read in two ways is refused with
// both. Throws BadInput saying what was looked for and what the tree holds; or naming list, line
// and the first absent images, with their number. Error(kUsage) for an unknown layout or a split
// name that can't name a folder.
Dataset recognise(const Tree& tree, const LayoutOptions& options);

// Throws BadInput naming list, line and the first of the split's absent images, with their number.
void refuse_absent_files(const Tree& tree, const Split& split);

}  // namespace rod::dataset
