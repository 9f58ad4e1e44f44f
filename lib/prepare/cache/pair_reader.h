// Reads the files of a plan's pairs ahead of their use, in the order in which they lie in the
// source.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "dataset/layout.h"
#include "prepare/cache/plan.h"

namespace rod::prepare {

// A pair's two files as they are in the source; empty where the tree has none, or none of a
// credible size.
struct PairFiles {
  std::size_t unit = 0, sample = 0;  // in CachePlan::units, in Split::samples
  std::vector<std::byte> rgb, depth;
};

inline constexpr std::uint64_t kMaxImageFile = 64u << 20;  // larger ones are no images

// Note [Two cursors]: in an archive the depth images of a split follow all its RGB images,
// gigabytes later, and a list may name the images of an object in any order. So the files of
// consecutive pairs are read in batches, each by rising position: the archive sees a run of RGB
// images, then a run of depth images, and both runs start where the last ones ended. A mounted
// drive serves such reads at full speed, and seldom any others. A batch is larger than all images
// of one object, and small beside the memory that shards take.

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

  // The next pair in the order of the plan; nothing after the last. One thread. Throws what
  // Tree::read throws.
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
