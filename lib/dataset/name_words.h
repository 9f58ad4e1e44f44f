// The words that name splits and modalities in the names of folders and files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rod::dataset {

enum class Word { kOther, kNumber, kFiller, kSplit, kRgb, kDepth, kMask };

// A part of a name. Names are divided at `-`, `_`, `.` and blanks, between letters and digits, at
// capitals (`colorImage`) and between two known words (`depthimage`).
struct NameToken {
  std::string text;    // as written
  std::size_t at = 0;  // its position in the name
  Word word = Word::kOther;
};

// "frame-000001.color" is frame, 000001, color.
std::vector<NameToken> name_tokens(std::string_view name);

// The meaning of a folder's name: kSplit, kRgb, kDepth or kMask if all its words are known and
// agree, as in `Depth`, `aligned_depth` and `depth_images`; kOther otherwise, so that a class may
// be called `crash-test`. `split`: whether it also names a split (`train_rgb`).
struct FolderWords {
  Word modality = Word::kOther;
  bool split = false;
  std::string split_text;  // "train" of `train_rgb`; the whole name if it names only a split
};
FolderWords folder_words(std::string_view name);

// Whether a folder of an image's path, or a word of its name, means depth.
bool is_named_depth(std::string_view path);

// Returns the word for a split at either end of a name whose other words are unknown, as in
// `synROD-test`; "" if there is none. `rest` receives the remaining name.
std::string split_affix(std::string_view name, std::string& rest);

// Returns `text` with its ASCII letters in lower case.
std::string lower_case(std::string_view text);

}  // namespace rod::dataset
