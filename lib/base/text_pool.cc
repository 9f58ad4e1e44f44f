#include "base/text_pool.h"

#include <algorithm>
#include <cstring>

namespace rod {

std::string_view TextPool::add(std::string_view text) {
  constexpr std::size_t kBlock = std::size_t{64} << 10;
  if (text.empty()) return {};
  if (text.size() > left_) {
    left_ = std::max(kBlock, text.size());
    blocks_.emplace_back(new char[left_]);
    free_ = blocks_.back().get();
  }
  char* const copy = free_;
  std::memcpy(copy, text.data(), text.size());
  free_ += text.size();
  left_ -= text.size();
  return {copy, text.size()};
}

}  // namespace rod
