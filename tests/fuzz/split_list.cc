// Any text is a split list or table whose paths stay in the tree, or BadInput naming a line.
#include "dataset/split_list.h"

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "dataset/list_text.h"

namespace {

template <typename Parse>
void try_parse(Parse parse) {
  try {
    parse();
  } catch (const rod::BadInput& error) {
    if (std::string(error.what()).rfind("fuzz", 0) != 0) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try_parse([&] {
    for (const rod::dataset::ListedSample& sample : rod::dataset::parse_split_list(text, "fuzz")) {
      if (rod::dataset::why_bad_path(sample.path) != nullptr || sample.label < 0 ||
          sample.label > rod::dataset::kMaxLabel)
        std::abort();
    }
  });
  for (const char* name : {"fuzz.tsv", "fuzz.csv"}) {
    try_parse([&] {
      for (const rod::dataset::TableRow& row : rod::dataset::parse_table(text, name)) {
        if (row.fields.empty()) std::abort();
      }
    });
  }
  return 0;
}
