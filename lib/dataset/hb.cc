// The HomebrewedDB sister set: lists of synROD's form.
#include "dataset/layout_kind.h"

namespace rod::dataset {
namespace {

std::optional<Dataset> recognise_hb(const Tree& tree, const LayoutOptions& options) {
  static constexpr ListPattern kPatterns[] = {
      {"HB_Syn-test", "HB_Syn*split_sync_test*.txt"},
      {"HB_Syn-train", "HB_Syn*split_sync_train*.txt"},
      {"HB_val", "HB_val*split_sync*.txt"},
  };
  return recognise_listed({"hb", "HB", kPatterns, {}, {}}, tree, options);
}

}  // namespace

extern const LayoutKind kHbLayout = {
    .name = "hb",
    .looks_for = "HB_Syn_crops_25k-split_sync_train1.txt, HB_val_crops_25k-split_sync.txt",
    .recognise = recognise_hb,
};

}  // namespace rod::dataset
