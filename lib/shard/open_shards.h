// The open shards of a split: all of them if they fit, otherwise the most recently used ones.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "shard/shard_reader.h"

namespace rod::shard {

// Limits for the open shards of all splits of this process together.
struct OpenLimits {
  std::uint64_t files;  // handles
  std::uint64_t bytes;  // of labels, keys, hashes and offsets
};

// Returns half of the file handles that the process may open, and a sixteenth of its memory.
OpenLimits open_limits();

// Opens a shard by its number in the split, checked against the manifest.
using ShardOpening = std::function<std::unique_ptr<const ShardReader>(std::size_t shard)>;

// Thread-safe.
class OpenShards {
 public:
  // Opens all shards now if they fit beside those of other splits, so that a bad one is found
  // before the work starts. Otherwise opens each shard when it is first needed, and closes the
  // least recently used one when there are too many. `samples`: total number in all shards. Throws
  // what `open` throws.
  OpenShards(std::size_t shards, std::uint64_t samples, ShardOpening open,
             const OpenLimits& limits);
  ~OpenShards();
  OpenShards(const OpenShards&) = delete;
  OpenShards& operator=(const OpenShards&) = delete;

  // A shard that stays open while this object exists.
  class Held {
   public:
    const ShardReader* operator->() const { return reader_; }
    const ShardReader& operator*() const { return *reader_; }
    explicit operator bool() const { return reader_ != nullptr; }

   private:
    friend class OpenShards;
    explicit Held(const ShardReader* reader) : reader_(reader) {}
    explicit Held(std::shared_ptr<const ShardReader> kept)
        : kept_(std::move(kept)), reader_(kept_.get()) {}

    std::shared_ptr<const ShardReader> kept_;  // where it may be closed
    const ShardReader* reader_;
  };

  // Opens the shard if it is not open. Throws what `open` throws.
  Held get(std::size_t shard) const;
  // Returns an empty Held if the shard is not open. Does not wait.
  Held find(std::size_t shard) const;

  bool all_open() const { return all_open_; }

 private:
  struct Slot {
    std::shared_ptr<const ShardReader> reader;  // null: it is closed
    std::list<std::size_t>::iterator place;     // in used_, where it is open
  };
  std::shared_ptr<const ShardReader> find_open(std::size_t shard) const;
  void keep(std::size_t shard, const std::shared_ptr<const ShardReader>& reader) const;
  void close_oldest() const;

  const ShardOpening open_;
  const OpenLimits limits_;
  bool all_open_ = false;
  mutable std::vector<Slot> slots_;
  mutable std::array<std::mutex, 64> opening_;  // so that a shard is opened once
  mutable std::mutex mutex_;             // guards all members below, and slots_ unless all are open
  mutable std::list<std::size_t> used_;  // open shards, the most recently used one first
  mutable std::uint64_t bytes_ = 0;      // of the open shards
};

}  // namespace rod::shard
