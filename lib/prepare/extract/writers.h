// Writes an archive's small files on several threads, in batches.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/uninitialized.h"
#include "prepare/extract/destination_tree.h"
#include "prepare/extract/journal.h"
#include "prepare/extract/state.h"

namespace rod::prepare {

// The memory of a batch and the size of the largest small file, in bytes. After a kill, files in
// unfinished batches are read again.
inline constexpr std::size_t kBatchBytes = 512 << 10;

// Consecutive entries of an archive that one thread writes.
struct Batch {
  struct Item {
    std::shared_ptr<const Folder> folder;
    std::string name;
    std::size_t offset, size;  // in `bytes`
    bool in_place;             // may be written under its own name, because its folder is staged
  };
  std::uint64_t turn = 0;
  std::vector<Item> items;
  std::unique_ptr<std::byte[]> bytes = uninitialized<std::byte>(kBatchBytes);
  std::size_t used = 0;  // of kBatchBytes
  JournalLines lines;
};

// A fixed number of batches circulates between the reader and the threads, which limits the memory.
class ExtractWriters {
 public:
  // `committed` is called, on any thread, when a batch's files have their final names.
  ExtractWriters(ExtractState& state, unsigned threads,
                 std::function<void(const Batch&)> committed);
  // Writes the batches passed to give(), unless a thread has failed.
  ~ExtractWriters();

  // Waits for a free batch and returns it, empty. Throws the error of a thread that has failed.
  std::unique_ptr<Batch> take();
  void give(std::unique_ptr<Batch> batch);
  // Waits until everything is written. Throws what take() throws.
  void finish();

 private:
  void run(Stage& stage);
  void close();

  const std::function<void(const Batch&)> committed_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Batch>> full_;
  std::vector<std::unique_ptr<Batch>> empty_;
  std::exception_ptr failure_;
  bool closed_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace rod::prepare
