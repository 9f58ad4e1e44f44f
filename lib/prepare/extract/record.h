// What was unpacked, remembered at the destination, so that running a finished command again only
// looks at sizes.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "prepare/extract/destination_tree.h"
#include "prepare/extract/extract.h"

namespace rod::prepare {

// Everything that decides what is unpacked: the archive's size and time, and the options. Throws
// SystemError.
std::string extract_identity(const ExtractOptions& options);

// Paths and sizes of a tree, in any order.
struct TreeSum {
  std::uint64_t files = 0, folders = 0, bytes = 0;
  std::uint64_t sum = 0;       // of a hash of each file's path and size, and of each folder's path
  std::set<std::string> tops;  // first components; no more than kMostTops + 1

  void add_file(std::string_view path, std::uint64_t size);
  bool operator==(const TreeSum&) const = default;
};

inline constexpr std::size_t kMostTops = 16;

// Note [Finished]: the record is an extended attribute of DEST, since a file in it would make the
// tree another one than other programs unpack, and one beside it would outlive it. One for each
// archive and set of options. Where the file system has no attributes, or too many tops or anything
// was left out, there is none, and all headers are read again.

// Requires: everything in `tree` is complete, and nothing was left out.
void record_finished(const Folder& root, const std::string& identity, const TreeSum& tree);

// The report of a run that would find everything there: the record is there and the folders hold
// exactly those paths and sizes. Nothing where they don't, or hold more. Throws SystemError.
std::optional<ExtractReport> finished_before(const ExtractOptions& options);

}  // namespace rod::prepare
