// Reads the files of a plan's pairs ahead of their use, in the order in which the source stores
// them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "dataset/layout.h"
#include "prepare/cache/plan.h"

namespace rod::prepare {

// The contents of a pair's two files; empty if the tree lacks the file, or it is larger than
// kMaxImageFile.
struct PairFiles {
  std::size_t unit = 0, sample = 0;  // in CachePlan::units, in Split::samples
  std::vector<std::byte> rgb, depth;
};

inline constexpr std::uint64_t kMaxImageFile = 64u << 20;  // larger files are not images

// Returns the size of an image's file; 0 if the tree lacks it, or if it is too large to be read.
std::uint64_t wanted_bytes(const dataset::Tree& tree, std::string_view path);

// Note [Two cursors]: in an archive the depth images of a split follow all its RGB images,
// gigabytes later, and a list may name the images of an object in any order. So the files of
// consecutive pairs are read in batches, each by ascending position: a run of RGB images is read,
// then a run of depth images, and both runs start where the previous ones ended. A mounted drive is
// fast for such reads, and rarely for others. A batch is larger than all images of one object, and
// small compared with the memory for shards.

class PairReader {
 public:
  static constexpr std::uint64_t kBatchBytes =
      24u << 20;  // of files; up to three batches are in memory

  // `todo`: units, ascending. All arguments must outlive the reader.
  PairReader(const dataset::Tree& tree, const dataset::Dataset& dataset, const CachePlan& plan,
             const std::vector<std::size_t>& todo);
  ~PairReader();
  PairReader(const PairReader&) = delete;
  PairReader& operator=(const PairReader&) = delete;

  // Returns the next pair in the order of the plan; nothing after the last. Throws what
  // Tree::read() throws. Thread safety: one thread.
  std::optional<PairFiles> next();

 private:
  using Batch = std::vector<PairFiles>;

  void read_all();
  Batch plan_batch(std::size_t& unit, std::size_t& sample, std::uint64_t limit) const;
  void read(Batch& batch) const;
  bool give(Batch&& batch);  // false: nobody wants it any more

  const dataset::Tree& tree_;
  const dataset::Dataset& dataset_;
  const CachePlan& plan_;
  const std::vector<std::size_t>& todo_;

  Batch current_;
  std::size_t used_ = 0;  // of current_

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Batch> ready_;
  std::exception_ptr failure_;
  bool ended_ = false, closed_ = false;
  std::jthread thread_;  // the last member: it uses the others
};

}  // namespace rod::prepare
