// A record of a finished extraction at the destination, so that a rerun only compares sizes.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "prepare/extract/destination_tree.h"
#include "prepare/extract/extract.h"

namespace rod::prepare {

// Returns a text of everything that determines what is unpacked: the archive's size and time, and
// the options. Throws SystemError.
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

// Note [Finished]: the record is an extended attribute of DEST, because a file in DEST would make
// the tree differ from what other programs unpack, and a file beside it would outlive it. There is
// one for each archive and set of options. If the file system has no attributes, or there are too
// many tops or anything was left out, there is no record, and a rerun reads all headers.

// Requires: everything in `tree` is complete, and nothing was left out.
void record_finished(const Folder& root, const std::string& identity, const TreeSum& tree);

// Returns the report of a run that finds everything already unpacked, if there is a record and the
// folders contain exactly its paths and sizes; nothing otherwise. Throws SystemError.
std::optional<ExtractReport> finished_before(const ExtractOptions& options);

}  // namespace rod::prepare
