// Names that some file systems take for one.
#pragma once

#include <string>
#include <string_view>

namespace rod::archive {

// Equal for two names that a file system which ignores case (Windows, macOS, FAT) or Unicode's
// composed and decomposed forms (macOS) takes for one. Covered: simple lower case and canonical
// decomposition of every letter below U+3100 (Latin, Greek, Cyrillic, Vietnamese, Kana, …) and
// Hangul. Not covered: foldings to several letters (ß and ss), and the reordering of combining
// marks. Bytes that are no UTF-8 stay as they are.
std::string folded_path(std::string_view path);

}  // namespace rod::archive
