// Paths of an archive: which are safe to create, and which are equal to some file systems.
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

// Returns the path without `./` and without doubled or trailing slashes; "" is the archive's root.
std::string normal_path(std::string_view path);

// Returns the reason why `path` must not be created, or nothing if it is safe. Unsafe: absolute
// paths, `..`, drive letters, backslashes, control characters, invalid UTF-8, and paths that are
// empty, too long or too deep. Requires: normal_path() was applied.
std::optional<std::string> why_unsafe(std::string_view path, const PathLimits& limits = {});

// Returns the path for messages: control characters and bytes that are not UTF-8 are shown as \xNN,
// and it is cut to about `max_bytes`.
std::string printable_path(std::string_view path, std::size_t max_bytes = 200);

// Returns a form that is equal for names that are one name to a file system that ignores case
// (Windows, macOS, FAT) or the difference between Unicode's composed and decomposed forms (macOS).
// Covered: simple lower case and canonical decomposition of every letter below U+3100 (Latin,
// Greek, Cyrillic, Vietnamese, Kana, …) and Hangul. Not covered: foldings to several letters (ß and
// ss), and the reordering of combining marks. Bytes that are not UTF-8 are unchanged.
std::string folded_path(std::string_view path);

}  // namespace rod::archive
