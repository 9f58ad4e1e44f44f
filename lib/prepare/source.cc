#include "prepare/source.h"

#include <sys/stat.h>

#include <cerrno>

#include "base/error.h"
#include "io/retrying_file.h"
#include "prepare/archive_tree.h"
#include "prepare/folder_tree.h"

namespace rod::prepare {

std::unique_ptr<dataset::Tree> open_source(const std::filesystem::path& path,
                                           const io::Retrying& retrying, const io::FileOpener& open,
                                           const SourceOptions& options) {
  if (open) return std::make_unique<ArchiveTree>(path, open);
  struct stat status {};
  io::retry(retrying, [&] {
    if (::stat(path.c_str(), &status) != 0) throw_errno(path.string(), "find it");
  });
  if (S_ISDIR(status.st_mode))
    return std::make_unique<FolderTree>(path, retrying, options.follow_links);
  return std::make_unique<ArchiveTree>(path, [&](const std::filesystem::path& archive) {
    return io::open_retrying(archive, retrying);
  });
}

}  // namespace rod::prepare
