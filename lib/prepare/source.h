// What a person names as SOURCE: a folder or an archive.
#pragma once

#include <filesystem>
#include <memory>

#include "dataset/tree.h"
#include "io/random_access_file.h"
#include "io/retry.h"

namespace rod::prepare {

struct SourceOptions {
  bool follow_links = false;  // of a folder, also where they lead out of it
};

// Calls that fail are retried as `retrying` says, now and when files are read. `open`, if given,
// opens `path` as an archive wherever it lies. Errors: throw_errno when there is nothing; those of
// FolderTree and ArchiveTree.
std::unique_ptr<dataset::Tree> open_source(const std::filesystem::path& path,
                                           const io::Retrying& retrying,
                                           const io::FileOpener& open = {},
                                           const SourceOptions& options = {});

}  // namespace rod::prepare
