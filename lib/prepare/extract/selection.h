// Which of an archive's paths the user selected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

#include "prepare/extract/extract.h"

namespace rod::prepare {

// Returns the text of one of options.split. Throws BadInput suggesting where it may be;
// SystemError.
std::string read_split_list(const std::filesystem::path& list, const ExtractOptions& options);

// Thread safety: one thread.
class Selection {
 public:
  // Reads the lists of options.split. Throws BadInput naming list and line; SystemError.
  explicit Selection(const ExtractOptions& options);

  // Whether --include and --exclude select `path`, directly or by one of its parent folders, and
  // --split's lists, if there are any, name it.
  bool takes(std::string_view path) const;

  // The same, and records that a file of a list was found.
  bool take(std::string_view path);

  // The number of files that the lists name and take() has not seen.
  std::size_t missing() const { return listed_.size() - found_; }

 private:
  // The hash of what a list says of `path`; lists leave out the folders in which they and the
  // images lie.
  const std::uint64_t* listed_name(std::string_view path) const;
  bool globs_take(std::string_view path) const;

  const ExtractOptions& options_;
  std::unordered_map<std::uint64_t, bool> listed_;  // by hash of the name: found
  std::size_t found_ = 0;
};

}  // namespace rod::prepare
