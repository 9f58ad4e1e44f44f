// What a person names as SOURCE: a folder or an archive.
#pragma once

#include <filesystem>
#include <memory>

#include "base/patience.h"
#include "dataset/tree.h"

namespace rod {

struct SourceOptions {
  bool follow_links = false;  // of a folder, also where they lead out of it
};

// Calls that fail are made again while `patience` lasts, now and when files are read.
// Errors: throw_errno when there is nothing; those of FolderTree and ArchiveTree.
std::unique_ptr<Tree> open_source(const std::filesystem::path& path, const Patience& patience,
                                  const SourceOptions& options = {});

}  // namespace rod
