// `rodprep info`: prints a data set's manifest as a table and, with --duplicates, the images that
// occur in two splits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/data_folder.h"
#include "shard/manifest.h"

namespace rod::prepare {

std::uint64_t stored_bytes(const shard::SplitInfo& split);  // of all its shards' files

// For a terminal; ends with a newline.
std::string describe(const shard::Manifest& manifest);

struct Duplicate {
  std::string split, key, other_split, other_key;  // `split` is before `other_split`
  bool equal = false;                              // the pixels are equal
  unsigned distance = 0;                           // bits in which the difference hashes differ
};

struct DuplicateReport {
  std::uint64_t samples = 0;  // compared
  std::uint64_t equal = 0, near = 0;
  // By split and key: those with equal pixels, then the similar ones; at most `most` of each.
  std::vector<Duplicate> found;
};

inline constexpr unsigned kNearBits = 3;  // of 64; similar images differ in at most this many

// Compares the RGB images of different splits, or the depth images if there are no others: by the
// stored hashes of their pixels, and by a difference hash of 64 bits (dHash, N. Krawetz, "Kind of
// Like That", 2013: whether each cell of a grid of 9x8 mean grey values is brighter than its left
// neighbour). A flat image, whose difference hash has fewer than four bits set, is similar to no
// other. Pairs within a split are not reported. Throws BadInput for the data set;
// Error(kInterrupted).
DuplicateReport find_duplicates(const io::DataFolder& dataset, std::size_t most, unsigned jobs,
                                bool quiet);

// Returns the difference hash of pixels [height,width,3] U8 or [height,width] U16.
std::uint64_t difference_hash(std::span<const std::byte> pixels, std::uint32_t height,
                              std::uint32_t width, bool sixteen_bits = false);

// For a terminal; ends with a newline.
std::string describe(const DuplicateReport& report);

}  // namespace rod::prepare
