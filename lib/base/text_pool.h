// Stores texts consecutively for the lifetime of the pool: a string_view of 16 bytes each, besides
// the text.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace rod {

// Thread safety: one thread.
class TextPool {
 public:
  TextPool() = default;
  TextPool(const TextPool&) = delete;
  TextPool& operator=(const TextPool&) = delete;

  // Copies `text` and returns the copy, which is valid as long as the pool.
  std::string_view add(std::string_view text);

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;  // of the last block
  std::size_t left_ = 0;
};

}  // namespace rod
