// The kind of a source's file, as far as its name shows it.
#pragma once

#include <string>
#include <string_view>

namespace rod::dataset {

enum class FileKind {
  kImage,         // of a format that lib/image decodes
  kUnknownImage,  // an image of another format
  kArchive,       // an archive inside the source
  kLitter,  // files that notebooks, macOS, Windows and NAS systems leave behind, and hidden files
  kText,    // a list, a read-me file or another text
  kOther,
};

// Decides by the whole path: a file below `__MACOSX/` is litter whatever its name is.
FileKind file_kind(std::string_view path);

// Returns the image format that the extension names, such as "WebP"; "" if it names none.
std::string_view image_format_name(std::string_view path);

}  // namespace rod::dataset
