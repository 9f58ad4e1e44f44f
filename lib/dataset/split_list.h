// Split lists: one `path label` per line, as the course's archives hold them; what the wildcards of
// these paths stand for; and the names of splits.
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

// Far above any data set of this kind; keeps a misread number from sizing tables by class.
inline constexpr std::int64_t kMaxLabel = 65'535;

// Accepts a missing last newline, CRLF, tabs, runs of blanks, blank lines, `#` comments and a UTF-8
// mark. Throws BadInput "LIST:LINE: …" (line from 1) for anything else, and for a path that leaves
// the tree.
std::vector<ListedSample> parse_split_list(std::string_view text, const std::string& list_name);

// Why a listed path can't name a file below the list's folder; null: it can.
const char* why_bad_path(std::string_view path);

// A number in 0..kMaxLabel, or nothing.
std::optional<std::int64_t> parse_label(std::string_view text);

// `text` as far as it helps in a message.
std::string shown(std::string_view text);

// `***` is all that differs between the names of a pair's two images, or the folder that holds
// them.
enum class PairForm {
  kName,    // ROD:    apple/apple_1/apple_1_1_101_***.png, `***` = crop, depthcrop
  kFolder,  // synROD: apple/***/apple_1_05_00002009.png,   `***` = rgb, depth
};

// Absent when `path` has no `***`.
std::optional<PairForm> pair_form(std::string_view path);

struct PairPath {
  std::string rgb, depth;
};

// Replaces every `***` by the form's words, and every `???` by rgb and surfnorm. Requires:
// pair_form(path) == form.
PairPath pair_path(std::string_view path, PairForm form);

// A split's name is its folder in the data set. Throws Error(kUsage) for a name that is no plain
// folder name.
void check_split_name_option(const std::string& name);

// `text` with `-` for what a split's name may not hold.
std::string split_name_from(std::string_view text);

}  // namespace rod::dataset
