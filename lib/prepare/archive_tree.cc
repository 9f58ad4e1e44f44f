#include "prepare/archive_tree.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/status_line.h"

namespace rod::prepare {

ArchiveTree::ArchiveTree(const std::filesystem::path& archive, const archive::IndexOptions& options)
    : index_(archive, options) {
  for (const std::string& warning : index_.warnings()) write_stderr("warning: " + warning + "\n");
  for (const auto& [path, reason] : index_.refused()) refused_.push_back({path, reason});
}

const archive::ArchiveIndex::Item& ArchiveTree::item(std::string_view path) const {
  if (const archive::ArchiveIndex::Item* const found = index_.find(path)) return *found;
  throw BadInput(fmt::format("{}: has no file '{}'", index_.archive(), path));
}

}  // namespace rod::prepare
