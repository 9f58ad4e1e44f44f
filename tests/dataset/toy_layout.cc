// A layout as a newcomer would add it: this file, a line in lib/dataset/layout_table.cc and one in
// lib/dataset/CMakeLists.txt. A file index.toy names an RGB image, a depth image and a class on
// each line.
#include <sstream>

#include "base/error.h"
#include "dataset/layout_kind.h"

namespace rod::dataset {
namespace {

constexpr const char* kIndex = "index.toy";

std::optional<Dataset> recognise_toy(const Tree& tree, const LayoutOptions& options) {
  if (!tree.contains(kIndex)) {
    if (options.layout == "auto") return std::nullopt;
    throw BadInput(tree.name() + ": there is no index.toy in it");
  }
  std::vector<std::byte> bytes;
  tree.read(kIndex, bytes);
  std::istringstream lines(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));

  Dataset dataset;
  dataset.layout = "toy";
  dataset.explanation = "the toy layout, recognised by index.toy";
  Split split{"all", kIndex, "", {}};
  std::string rgb, depth, class_name;
  for (Sample sample; lines >> rgb >> depth >> class_name; ++sample.line) {
    sample.rgb = sample.key = dataset.text(rgb);
    sample.depth = dataset.text(depth);
    sample.label = static_cast<std::int64_t>(dataset.classes.size());
    dataset.classes.push_back(class_name);
    split.samples.push_back(sample);
  }
  dataset.splits.push_back(split);
  return dataset;
}

}  // namespace

extern const LayoutKind kToyLayout = {
    .name = "toy",
    .looks_for = "index.toy",
    .recognise = recognise_toy,
};

}  // namespace rod::dataset
