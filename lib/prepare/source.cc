#include "prepare/source.h"

#include "base/error.h"
#include "prepare/archive_tree.h"
#include "prepare/folder_tree.h"

namespace rod {

std::unique_ptr<Tree> open_source(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) throw_errno(path.string(), "find it", ENOENT);
  if (std::filesystem::is_directory(status)) return std::make_unique<FolderTree>(path);
  return std::make_unique<ArchiveTree>(path);
}

}  // namespace rod
