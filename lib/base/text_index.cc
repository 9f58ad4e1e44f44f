#include "base/text_index.h"

#include <bit>

#include "base/hash.h"

namespace rod {

TextIndex::TextIndex(std::span<const std::string_view> texts)
    : slots_(std::bit_ceil(texts.size() + texts.size() / 2 + 1)) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t n = 0; n < texts.size(); ++n) {
    std::size_t at = hash64(texts[n]) & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = static_cast<std::uint32_t>(n + 1);
  }
}

std::optional<std::size_t> TextIndex::find(std::span<const std::string_view> texts,
                                           std::string_view text) const {
  if (slots_.empty()) return std::nullopt;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash64(text) & mask; slots_[at] != 0; at = (at + 1) & mask) {
    const std::size_t place = slots_[at] - 1;
    if (texts[place] == text) return place;
  }
  return std::nullopt;
}

}  // namespace rod
