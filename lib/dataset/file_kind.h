// What a file of a source is, as far as its name tells.
#pragma once

#include <string>
#include <string_view>

namespace rod::dataset {

enum class FileKind {
  kImage,         // of a format that lib/image decodes
  kUnknownImage,  // an image of another format
  kArchive,       // an archive inside the source
  kLitter,        // what notebooks, macOS, Windows and NAS systems leave behind, and hidden files
  kText,          // a list, a read-me file or another text
  kOther,
};

// By the whole path: a file below `__MACOSX/` is litter whatever it is called.
FileKind file_kind(std::string_view path);

// The format of an image by its extension, such as "WebP". Empty: the name is not that of an image.
std::string_view image_format_name(std::string_view path);

}  // namespace rod::dataset
