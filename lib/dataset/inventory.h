// What became of each file of a source.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "dataset/layout.h"

namespace rod::dataset {

enum class Fate {
  kSample,    // an image of a sample
  kAbsent,    // named by a list, but missing
  kIgnored,   // litter, lists, read-me files, and what is no image
  kNotTaken,  // an image without a role, or of a format that is not read; an archive
  kRefused,   // of an unsafe name or kind
};

inline constexpr std::size_t kFates = 5;

const char* fate_name(Fate fate);  // "sample", "absent", "ignored", "not taken", "refused"

struct InventoryEntry {
  std::string path;
  Fate fate = Fate::kIgnored;
  std::string reason;             // of every fate but kSample
  std::string split, class_name;  // where it belongs; empty if unknown
};

struct Inventory {
  // By path: all files except images of samples, which may be many; see for_each_entry().
  std::vector<InventoryEntry> entries;
  std::array<std::uint64_t, kFates> counts{};

  std::uint64_t count(Fate fate) const { return counts[static_cast<std::size_t>(fate)]; }
};

// Calls `visit` once, in the order of paths, for each of tree.files() and tree.refused(), and for
// each file that a sample names and the tree lacks. Requires: `dataset` was recognised in `tree`.
void for_each_entry(const Tree& tree, const Dataset& dataset,
                    const std::function<void(const InventoryEntry& entry)>& visit);

Inventory take_inventory(const Tree& tree, const Dataset& dataset);

// Returns text for the user: the counts, then at most `most` lines, one per reason, each with its
// count and an example.
std::string describe(const Inventory& inventory, std::size_t most = 10);

// Returns one JSON object per line and entry: path, fate, and reason, split and class if they are
// known.
std::string format_inventory(const Tree& tree, const Dataset& dataset);

// Throws BadInput if the tree refuses entries: the message names the first ones, the reasons and
// what to type.
void refuse_unsafe(const Tree& tree);

// Throws BadInput, with what to type, if a whole class, split or modality would be missing.
void require_whole(const Tree& tree, const Dataset& dataset);

}  // namespace rod::dataset
