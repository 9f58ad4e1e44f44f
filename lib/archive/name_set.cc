#include "archive/name_set.h"

#include <utility>

#include "archive/safe_path.h"
#include "base/hash.h"

namespace rod::archive {
namespace {

constexpr std::uint64_t kUsed = 2;

}  // namespace

NameSet::Slot& NameSet::slot_for(std::uint64_t folded) {
  std::size_t at = folded & (slots_.size() - 1);
  while (slots_[at].exact != 0 && slots_[at].folded != folded) at = (at + 1) & (slots_.size() - 1);
  return slots_[at];
}

void NameSet::grow() {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
  for (const Slot& slot : old) {
    if (slot.exact != 0) slot_for(slot.folded) = slot;
  }
}

std::optional<std::string> NameSet::add(std::string_view path, bool is_folder) {
  const auto slash = path.rfind('/');
  const std::string_view parent = slash == std::string_view::npos ? "" : path.substr(0, slash);
  if (parent != last_parent_) {
    for (auto at = path.find('/'); at != std::string_view::npos; at = path.find('/', at + 1)) {
      if (auto why = add_one(path.substr(0, at), true)) return why;
    }
    last_parent_ = parent;
  }
  return add_one(path, is_folder);
}

std::optional<std::string> NameSet::add_one(std::string_view path, bool is_folder) {
  const std::uint64_t hash = hash64(path);
  const std::uint64_t exact = (hash & ~std::uint64_t{3}) | kUsed | (is_folder ? 1u : 0u);
  const std::uint64_t folded = hash64(folded_path(path));
  Slot& slot = slot_for(folded);
  if (slot.exact == 0) {
    slot = {folded, exact};
    if (is_folder) {
      ++folders_;
      folder_sum_ += hash;
    }
    if (++used_ > slots_.size() / 4 * 3) grow();
    return std::nullopt;
  }
  if (is_folder && slot.exact == exact) return std::nullopt;
  if (slot.exact == exact) return kComesTwice;
  const std::string name(path);
  if ((slot.exact ^ exact) == 1) return "'" + name + "' is both a file and a folder";
  return "'" + name +
         "' differs only in case or Unicode form (NFC and NFD) from an earlier name; rename one of "
         "them";
}

}  // namespace rod::archive
