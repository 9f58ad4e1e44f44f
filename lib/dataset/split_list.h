// Split lists with one `path label` per line, as in the course's archives; the wildcards in these
// paths; and the names of splits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rod::dataset {

struct ListedSample {
  std::string path;        // as written, with its `***` and `???`
  std::int64_t label = 0;  // 0 .. kMaxLabel
  std::uint64_t line = 0;  // from 0, counting every line of the file
};

// Far above any data set of this kind; prevents a misread number from determining the size of
// tables by class.
inline constexpr std::int64_t kMaxLabel = 65'535;

// Accepts a missing newline at the end, CRLF, tabs, runs of blanks, blank lines, `#` comments and a
// UTF-8 byte order mark. Throws BadInput "LIST:LINE: …" (line from 1) for anything else, and for a
// path that leaves the tree.
std::vector<ListedSample> parse_split_list(std::string_view text, const std::string& list_name);

// Returns the reason why a listed path can't name a file below the list's folder; null if it can.
const char* why_bad_path(std::string_view path);

// A number in 0..kMaxLabel, or nothing.
std::optional<std::int64_t> parse_label(std::string_view text);

// Returns `text`, shortened for a message.
std::string shown(std::string_view text);

// `***` stands for the part in which the paths of a pair's two images differ: a part of the file
// name, or a folder.
enum class PairForm {
  kName,    // ROD:    apple/apple_1/apple_1_1_101_***.png, `***` = crop, depthcrop
  kFolder,  // synROD: apple/***/apple_1_05_00002009.png,   `***` = rgb, depth
};

// Returns nothing if `path` has no `***`.
std::optional<PairForm> pair_form(std::string_view path);

struct PairPath {
  std::string rgb, depth;
};

// Replaces every `***` by the form's two words, and every `???` by rgb and surfnorm. Requires:
// pair_form(path) == form.
PairPath pair_path(std::string_view path, PairForm form);

// Throws Error(kUsage) unless `name` is a plain folder name, because a split's name is also that of
// its folder in the data set.
void check_split_name_option(const std::string& name);

// Returns `text` with `-` in place of characters that a split's name must not contain.
std::string split_name_from(std::string_view text);

}  // namespace rod::dataset
