#include "prepare/source.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/error.h"
#include "base/status_line.h"
#include "io/drive_file.h"
#include "prepare/folder_tree.h"

namespace rod::prepare {

std::unique_ptr<dataset::Tree> open_source(const std::filesystem::path& path,
                                           const io::Retrying& retrying, const io::FileOpener& open,
                                           const SourceOptions& options) {
  archive::IndexOptions index{.open = open,
                              .name_encoding = options.name_encoding,
                              .concatenated = options.concatenated,
                              .spool = options.spool,
                              .quiet = options.quiet};
  index.distant = static_cast<bool>(open);
  if (open) return std::make_unique<ArchiveTree>(path, index);
  struct stat status {};
  io::retry(retrying, [&] {
    if (::stat(path.c_str(), &status) != 0) throw_errno(path.string(), "find it");
  });
  if (S_ISDIR(status.st_mode)) {
    if (!options.name_encoding.empty()) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("--name-encoding is for the names in an archive, and {0} is a "
                              "folder; rename its files: convmv -r -f {1} -t UTF-8 --notest '{0}'",
                              path.string(), options.name_encoding));
    }
    return std::make_unique<FolderTree>(path, retrying, options.follow_links);
  }
  index.open = [&](const std::filesystem::path& archive) {
    return io::open_retrying(archive, retrying);
  };
  return std::make_unique<ArchiveTree>(path, index);
}

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
