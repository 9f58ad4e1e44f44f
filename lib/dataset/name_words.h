// The words by which people name splits and modalities in folders and files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rod::dataset {

enum class Word { kOther, kNumber, kFiller, kSplit, kRgb, kDepth, kMask };

// A piece of a name between `-`, `_`, `.`, blanks, the border of letters and digits, capitals
// (`colorImage`) and two known words (`depthimage`).
struct NameToken {
  std::string text;    // as written
  std::size_t at = 0;  // of the name
  Word word = Word::kOther;
};

// "frame-000001.color" is frame, 000001, color.
std::vector<NameToken> name_tokens(std::string_view name);

// What a folder is by its name: kSplit, kRgb, kDepth or kMask where each of its words is known and
// they tell one thing, such as `Depth`, `aligned_depth` and `depth_images`; `split` tells whether
// it names a split as well (`train_rgb`). kOther otherwise, so that a class may be called
// `crash-test`.
struct FolderWords {
  Word modality = Word::kOther;
  bool split = false;
  std::string split_text;  // "train" of `train_rgb`; the whole name where it names nothing besides
};
FolderWords folder_words(std::string_view name);

// Whether a folder of an image's path, or a word of its name, says depth.
bool is_named_depth(std::string_view path);

// The split's word at an end of a name whose other words are not known: `synROD-test`. Empty: there
// is none. `rest` is what remains.
std::string split_affix(std::string_view name, std::string& rest);

// Lower case of the ASCII letters.
std::string lower_case(std::string_view text);

}  // namespace rod::dataset
