#include "archive/name_set.h"

#include "archive/folded_path.h"
#include "base/hash.h"

namespace rod {
namespace {

std::uint64_t hash_of(std::string_view text) {
  return hash64(std::as_bytes(std::span(text)));
}

}  // namespace

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
  const std::uint64_t exact = (hash_of(path) & ~std::uint64_t{1}) | (is_folder ? 1u : 0u);
  const auto [found, inserted] = spelling_.try_emplace(hash_of(folded_path(path)), exact);
  if (inserted && is_folder) ++folders_;
  if (inserted || (is_folder && found->second == exact)) return std::nullopt;
  if (found->second == exact) return "it comes twice";
  const std::string name(path);
  if ((found->second ^ exact) == 1) return "'" + name + "' is both a file and a folder";
  return "'" + name + "' differs only in case or Unicode form from an earlier name";
}

}  // namespace rod
