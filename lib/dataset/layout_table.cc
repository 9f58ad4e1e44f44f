#include "dataset/layout_kind.h"

namespace rod::dataset {

// A new layout is added to this table, and its file to CMakeLists.txt. Nothing else names them all.
extern const LayoutKind kRodSynrodLayout, kHbLayout, kListLayout, kFoldersLayout;

std::span<const LayoutKind* const> layout_kinds() {
  static constexpr const LayoutKind* kLayouts[] = {&kRodSynrodLayout, &kHbLayout, &kListLayout,
                                                   &kFoldersLayout};
  return kLayouts;
}

}  // namespace rod::dataset
