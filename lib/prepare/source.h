// What a person names as SOURCE: a folder or an archive.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "dataset/tree.h"
#include "io/random_access_file.h"
#include "io/retry.h"
#include "io/spool.h"

namespace rod::prepare {

struct SourceOptions {
  bool follow_links = false;    // of a folder, also where they lead out of it
  std::string name_encoding{};  // of an archive's names that don't say that they are UTF-8
  bool concatenated = false;    // of an archive: another tar may follow a tar's end mark
  io::SpoolOptions spool{};     // of an archive that is compressed, a zip or a 7z
  bool quiet = true;            // no progress line while that one is unpacked
};

// Calls that fail are retried as `retrying` says, now and when files are read. `open`, if given,
// opens `path` as an archive wherever it lies. Throws SystemError when there is nothing; what
// FolderTree and ArchiveTree throws; Error(kUsage) where an option of archives is given for a
// folder.
std::unique_ptr<dataset::Tree> open_source(const std::filesystem::path& path,
                                           const io::Retrying& retrying,
                                           const io::FileOpener& open = {},
                                           const SourceOptions& options = {});

}  // namespace rod::prepare
