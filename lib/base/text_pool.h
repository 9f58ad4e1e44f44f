// Texts that live as long as their pool, one behind another: 16 bytes each beside their own.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace rod {

// Not shared between threads.
class TextPool {
 public:
  TextPool() = default;
  TextPool(const TextPool&) = delete;
  TextPool& operator=(const TextPool&) = delete;

  // Copies `text`. What is returned is valid as long as the pool.
  std::string_view add(std::string_view text);

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;  // of the last block
  std::size_t left_ = 0;
};

}  // namespace rod
