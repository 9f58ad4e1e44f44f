#include "prepare/archive_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/status_line.h"

namespace rod::prepare {

ArchiveTree::ArchiveTree(const std::filesystem::path& archive, const archive::IndexOptions& options)
    : index_(archive, options) {
  for (const std::string& warning : index_.warnings()) write_stderr("warning: " + warning + "\n");
  files_.reserve(index_.files().size());
  for (const auto& [path, item] : index_.files()) files_.push_back(path);
  std::sort(files_.begin(), files_.end());
  for (const auto& [path, reason] : index_.refused()) refused_.push_back({path, reason});
}

const archive::ArchiveIndex::Item& ArchiveTree::item(const std::string& path) const {
  const auto found = index_.files().find(path);
  if (found == index_.files().end()) {
    throw BadInput(fmt::format("{}: has no file '{}'", index_.archive(), path));
  }
  return found->second;
}

}  // namespace rod::prepare
