// Finds the index of a text in a list by its hash, with 6 to 11 bytes of memory per text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace rod {

class TextIndex {
 public:
  TextIndex() = default;
  // Requires: at most 2^32 - 2 texts, all different.
  explicit TextIndex(std::span<const std::string_view> texts);

  // Returns the index of `text` in `texts`; nothing if it is not in the list. Requires: the texts
  // of the constructor. Thread-safe.
  std::optional<std::size_t> find(std::span<const std::string_view> texts,
                                  std::string_view text) const;

 private:
  // Open addressing; 0: free; otherwise an index + 1. The size is a power of two.
  std::vector<std::uint32_t> slots_;
};

}  // namespace rod
