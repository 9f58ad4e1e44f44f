// Finds a text's place in a list by its hash, with 6 to 11 bytes for each.
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

  // The place of `text` in `texts`; nothing: it is none of them. Requires: the texts of the
  // constructor. Thread-safe.
  std::optional<std::size_t> find(std::span<const std::string_view> texts,
                                  std::string_view text) const;

 private:
  // Open addressing; 0 is free, otherwise a place + 1. The size is a power of two.
  std::vector<std::uint32_t> slots_;
};

}  // namespace rod
