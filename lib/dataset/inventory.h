// Every file of a source with its one fate.
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
  kAbsent,    // a list names it, and it is not there
  kIgnored,   // litter, lists, read-me files, and what is no image
  kNotTaken,  // an image without a role, or of a format that is not read; an archive
  kRefused,   // of an unsafe name or kind
};

inline constexpr std::size_t kFates = 5;

const char* fate_name(Fate fate);  // "sample", "absent", "ignored", "not taken", "refused"

struct InventoryEntry {
  std::string path;
  Fate fate = Fate::kIgnored;
  std::string reason;             // of all but samples
  std::string split, class_name;  // where it belongs; empty where that is not known
};

struct Inventory {
  // By path: all but images of samples, of which there may be many; see for_each_entry().
  std::vector<InventoryEntry> entries;
  std::array<std::uint64_t, kFates> counts{};

  std::uint64_t count(Fate fate) const { return counts[static_cast<std::size_t>(fate)]; }
};

// Calls `visit` by path for each of tree.files() and tree.refused() once, and for each file that a
// sample names and the tree lacks. Requires: `dataset` was recognised in `tree`.
void for_each_entry(const Tree& tree, const Dataset& dataset,
                    const std::function<void(const InventoryEntry& entry)>& visit);

Inventory take_inventory(const Tree& tree, const Dataset& dataset);

// For people: the counts, then a line for each reason with its number and an example; at most
// `most` of them.
std::string describe(const Inventory& inventory, std::size_t most = 10);

// One JSON object per entry and line: path, fate, and reason, split, class where they are known.
std::string format_inventory(const Tree& tree, const Dataset& dataset);

// Throws BadInput naming the first entries that the tree refuses, why, and what to type.
void refuse_unsafe(const Tree& tree);

// Throws BadInput where whole classes, splits or modalities would be missing, with what to type.
void require_whole(const Tree& tree, const Dataset& dataset);

}  // namespace rod::dataset
