// What a person names as SOURCE: a folder or an archive.
#pragma once

#include <filesystem>
#include <memory>

#include "dataset/tree.h"

namespace rod {

// Errors: throw_errno when there is nothing; those of FolderTree and ArchiveTree.
std::unique_ptr<Tree> open_source(const std::filesystem::path& path);

}  // namespace rod
