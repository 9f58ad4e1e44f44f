#include "prepare/source.h"

#include <sys/stat.h>

#include <cerrno>

#include "prepare/archive_tree.h"
#include "prepare/folder_tree.h"

namespace rod {

std::unique_ptr<Tree> open_source(const std::filesystem::path& path, const Patience& patience,
                                  const SourceOptions& options) {
  struct stat status {};
  patiently(path.string(), "find it", patience,
            [&] { return ::stat(path.c_str(), &status) == 0 ? 0 : errno; });
  if (S_ISDIR(status.st_mode)) return std::make_unique<FolderTree>(path, patience, options.follow_links);
  return std::make_unique<ArchiveTree>(path, patience);
}

}  // namespace rod
