// Memory of single images, reused for later ones.
#pragma once

#include <cstddef>
#include <deque>
#include <iterator>
#include <memory>

namespace rod::python {

// malloc() returns images of 128 KiB and more to the system, and getting new pages takes longer
// than reading an image into them. At most kKept bytes are kept for other images of the same size.
// There is one object per process, which is never deleted, because arrays may outlive everything
// else. Requires: the GIL is held. It replaces a mutex, which a fork's child could find locked.
class ImageMemory {
 public:
  struct Deleter {
    std::size_t size;
    void operator()(std::byte* memory) const { of_process().release({memory, size}); }
  };
  using Image = std::unique_ptr<std::byte[], Deleter>;

  static ImageMemory& of_process() {
    static auto* const memory = new ImageMemory;
    return *memory;
  }

  // Returns uninitialised memory.
  Image allocate(std::size_t size) {
    for (auto block = free_.rbegin(); block != free_.rend(); ++block) {
      if (block->size != size) continue;
      std::byte* const memory = block->memory;
      free_.erase(std::next(block).base());
      kept_ -= size;
      return {memory, {size}};
    }
    return {new std::byte[size], {size}};
  }

 private:
  struct Block {
    std::byte* memory;
    std::size_t size;
  };

  static constexpr std::size_t kKept = std::size_t{64} << 20, kSmall = std::size_t{64} << 10;

  void release(Block block) {
    if (block.size < kSmall) {
      delete[] block.memory;
      return;
    }
    free_.push_back(block);
    kept_ += block.size;
    for (; kept_ > kKept; free_.pop_front()) {
      kept_ -= free_.front().size;
      delete[] free_.front().memory;
    }
  }

  std::deque<Block> free_;  // in the order of release
  std::size_t kept_ = 0;
};

}  // namespace rod::python
