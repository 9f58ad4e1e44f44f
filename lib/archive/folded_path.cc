// Why not utf8proc: its Unicode version is that of the installed package, so two machines could
// disagree about which names of one archive are twins. These tables are fixed, and they are all
// that is needed of it.
#include "archive/folded_path.h"

#include <algorithm>
#include <iterator>

#include "archive/fold_tables.h"
#include "base/utf8.h"

namespace rod::archive {
namespace {

char32_t lower_case(char32_t c) {
  if (c < 0x80) return c >= U'A' && c <= U'Z' ? c + 32 : c;
  const auto range =
      std::lower_bound(std::begin(kCaseRanges), std::end(kCaseRanges), c,
                       [](const CaseRange& r, char32_t value) { return r.last < value; });
  if (range == std::end(kCaseRanges) || c < range->first || (c - range->first) % range->step != 0)
    return c;
  return static_cast<char32_t>(static_cast<std::int32_t>(c) + range->delta);
}

// The Unicode Standard, section 3.12: a Hangul syllable is two or three jamo.
void append_syllable(std::string& out, char32_t c) {
  const char32_t index = c - 0xAC00;
  append_utf8(out, 0x1100 + index / 588);
  append_utf8(out, 0x1161 + index % 588 / 28);
  if (index % 28 != 0) append_utf8(out, 0x11A7 + index % 28);
}

void append_folded(std::string& out, char32_t c) {
  if (c < 0x80) return append_utf8(out, lower_case(c));
  if (c >= 0xAC00 && c < 0xAC00 + 11172) return append_syllable(out, c);
  const auto found =
      std::lower_bound(std::begin(kDecompositions), std::end(kDecompositions), c,
                       [](const Decomposition& d, char32_t value) { return d.composed < value; });
  if (found == std::end(kDecompositions) || found->composed != c)
    return append_utf8(out, lower_case(c));
  append_folded(out, found->base);
  if (found->mark != 0) append_folded(out, found->mark);
}

}  // namespace

std::string folded_path(std::string_view path) {
  std::string folded;
  folded.reserve(path.size());
  while (!path.empty()) {
    const char first = path.front();
    if (static_cast<unsigned char>(first) < 0x80) {  // nearly all there is
      folded += static_cast<char>(lower_case(static_cast<unsigned char>(first)));
      path.remove_prefix(1);
    } else if (const auto c = take_code_point(path)) {
      append_folded(folded, *c);
    } else {
      folded += first;
      path.remove_prefix(1);
    }
  }
  return folded;
}

}  // namespace rod::archive
