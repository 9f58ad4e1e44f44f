// Paths of an archive: which may be created on our disk, and which a file system takes for one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rod::archive {

struct PathLimits {
  std::size_t max_bytes = 1024;     // whole path
  std::size_t max_component = 255;  // one name
  std::size_t max_depth = 32;
};

// The path with `./` and doubled or trailing slashes removed; "" is the archive's own root.
std::string normal_path(std::string_view path);

// Why `path` must not be created, or nothing: absolute, `..`, drive letters, backslashes, control
// characters, invalid UTF-8, empty, too long or too deep. Requires: normal_path() was applied.
std::optional<std::string> why_unsafe(std::string_view path, const PathLimits& limits = {});

// For messages: control characters and bytes that are no UTF-8 as \xNN, at most about `max_bytes`.
std::string printable_path(std::string_view path, std::size_t max_bytes = 200);

// Equal for two names that a file system which ignores case (Windows, macOS, FAT) or Unicode's
// composed and decomposed forms (macOS) takes for one. Covered: simple lower case and canonical
// decomposition of every letter below U+3100 (Latin, Greek, Cyrillic, Vietnamese, Kana, …) and
// Hangul. Not covered: foldings to several letters (ß and ss), and the reordering of combining
// marks. Bytes that are no UTF-8 stay as they are.
std::string folded_path(std::string_view path);

}  // namespace rod::archive
