#include "dataset/layout.h"

#include <fmt/format.h>

#include "base/error.h"
#include "dataset/layout_kind.h"

namespace rod {
namespace {

constexpr LayoutKind kLayouts[] = {
    {"rod-synrod",
     "wrgbd_40k-split_sync.txt, rod-split_sync.txt, synARID_50k-split_sync_train1.txt",
     recognise_rod_synrod},
    {"hb", "HB_Syn_crops_25k-split_sync_train1.txt, HB_val_crops_25k-split_sync.txt", recognise_hb},
};

// What a person would want to see first of a tree in which nothing was recognised.
std::string some_files(const Tree& tree) {
  constexpr std::size_t kShown = 3;
  const auto& files = tree.files();
  if (files.empty()) return "it holds no files";
  std::string text = fmt::format("it holds {} files:", files.size());
  for (std::size_t n = 0; n < std::min(kShown, files.size()); ++n) text += " " + files[n];
  return text + (files.size() > kShown ? " …" : "");
}

}  // namespace

Dataset recognise(const Tree& tree, const LayoutOptions& options) {
  std::string names, looked_for;
  for (const LayoutKind& kind : kLayouts) {
    names += fmt::format("{}{}", names.empty() ? "auto, " : ", ", kind.name);
    if (options.layout != "auto" && options.layout != kind.name) continue;
    if (auto dataset = kind.recognise(tree, options)) return *std::move(dataset);
    looked_for +=
        fmt::format("{}{} ({})", looked_for.empty() ? "" : " or ", kind.name, kind.looks_for);
  }
  if (looked_for.empty()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--layout '{}' is unknown; there are {}", options.layout, names));
  }
  throw BadInput(fmt::format(
      "{}: no data set was recognised: looked for the split lists of {}; {}. Point to the folder "
      "or archive "
      "that holds them, or name the layout and the lists: --layout rod-synrod --split NAME=LIST",
      tree.name(), looked_for, some_files(tree)));
}

}  // namespace rod
