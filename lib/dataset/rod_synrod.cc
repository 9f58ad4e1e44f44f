// The ROD and synROD data sets, in the editions of 2020 and 2022.
#include "dataset/class_names.h"
#include "dataset/layout_kind.h"

namespace rod::dataset {
namespace {

std::optional<Dataset> recognise_rod_synrod(const Tree& tree, const LayoutOptions& options) {
  static constexpr ListPattern kPatterns[] = {
      {"ROD", "wrgbd*split_sync*.txt"},
      {"ROD", "rod-split_sync*.txt"},
      {"synROD-test", "synARID*split_sync_test*.txt"},
      {"synROD-train", "synARID*split_sync_train*.txt"},
  };
  // The course's: five classes, up to 200 pairs each.
  static constexpr ListPattern kSmall[] = {
      {"ROD", "smallROD*.txt"},
      {"synROD-test", "smallsynROD_test*.txt"},
      {"synROD-train", "smallsynROD_train*.txt"},
  };
  return recognise_listed({"rod-synrod", "ROD-synROD", kPatterns, kSmall, kClassNames}, tree,
                          options);
}

}  // namespace

extern const LayoutKind kRodSynrodLayout = {
    .name = "rod-synrod",
    .looks_for = "wrgbd_40k-split_sync.txt, rod-split_sync.txt, synARID_50k-split_sync_train1.txt",
    .recognise = recognise_rod_synrod,
};

}  // namespace rod::dataset
