#include "prepare/archive_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace rod {

ArchiveTree::ArchiveTree(const std::filesystem::path& archive, const io::FileOpener& open)
    : index_(archive, open) {
  files_.reserve(index_.files().size());
  for (const auto& [path, item] : index_.files()) files_.push_back(path);
  std::sort(files_.begin(), files_.end());
}

const ArchiveIndex::Item& ArchiveTree::item(const std::string& path) const {
  const auto found = index_.files().find(path);
  if (found == index_.files().end()) {
    throw BadInput(fmt::format("{}: has no file '{}'", index_.archive(), path));
  }
  return found->second;
}

}  // namespace rod
