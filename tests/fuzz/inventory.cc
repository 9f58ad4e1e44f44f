// Any names of files are a data set whose files have one fate each, or an error for the user.
#include "dataset/inventory.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "tests/dataset/memory_tree.h"

// A line is a path; the first one is the text of a table as well.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  rod::dataset::MemoryTree tree;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    if (end > at) tree.add(text.substr(at, end - at), text);
    at = end + 1;
  }
  for (const char* layout : {"auto", "folders", "list"}) {
    rod::dataset::LayoutOptions options;
    options.layout = layout;
    options.allow_absent = true;
    try {
      const rod::dataset::Dataset dataset = rod::dataset::recognise(tree, options);
      const rod::dataset::Inventory inventory = rod::dataset::take_inventory(tree, dataset);
      std::uint64_t sum = 0;
      for (const std::uint64_t count : inventory.counts) sum += count;
      if (sum != inventory.entries.size() + inventory.count(rod::dataset::Fate::kSample))
        std::abort();
      if (sum - inventory.count(rod::dataset::Fate::kAbsent) != tree.files().size()) std::abort();
      const std::string lines = rod::dataset::format_inventory(tree, dataset);
      if (static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n')) != sum)
        std::abort();
    } catch (const rod::Error&) {
    }
  }
  return 0;
}
