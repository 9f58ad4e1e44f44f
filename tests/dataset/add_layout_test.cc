// Adding a layout touches three files: its own, the table, and the CMakeLists.txt beside it. This
// program is built with toy_layout.cc and the table of lib/dataset with one entry more (see
// CMakeLists.txt here).
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/error.h"
#include "dataset/layout.h"
#include "tests/dataset/memory_tree.h"

namespace rod::dataset {
namespace {

TEST(AddingALayout, MakesItsTreesKnown) {
  MemoryTree tree;
  tree.add("a.png");
  tree.add("a_depth.png");
  tree.add("index.toy", "a.png a_depth.png apple\n");
  const Dataset dataset = recognise(tree, {});
  EXPECT_EQ(dataset.layout, "toy");
  EXPECT_EQ(dataset.classes, std::vector<std::string>{"apple"});
  ASSERT_EQ(dataset.splits.size(), 1u);
  EXPECT_EQ(dataset.splits[0].samples[0].depth, "a_depth.png");
}

TEST(AddingALayout, MakesItKnownByName) {
  EXPECT_EQ(layout_names().back(), "toy");
  LayoutOptions options;
  for (const auto& [layout, told] : {std::pair("toad", "folders, toy"), {"auto", "|folders|toy"}}) {
    options.layout = layout;
    try {
      recognise(MemoryTree(), options);
      ADD_FAILURE() << layout;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(told), std::string::npos) << error.what();
    }
  }
}

// The files of the programs that name the layout `hb`: a layout like the toy.
TEST(AddingALayout, TouchesThreeFiles) {
  std::vector<std::string> touched;
  const std::filesystem::path source = ROD_SOURCE_DIR;
  for (const char* folder : {"lib", "tools", "trainer"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source / folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".cc" && extension != ".h" && entry.path().filename() != "CMakeLists.txt")
        continue;
      std::ifstream file(entry.path());
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      for (const char* name : {"\"hb\"", "kHbLayout", " hb.cc"}) {
        if (text.find(name) == text.npos) continue;
        touched.push_back(entry.path().lexically_relative(source).string());
        break;
      }
    }
  }
  std::sort(touched.begin(), touched.end());
  EXPECT_EQ(touched, (std::vector<std::string>{"lib/dataset/CMakeLists.txt", "lib/dataset/hb.cc",
                                               "lib/dataset/layout_table.cc"}));
}

}  // namespace
}  // namespace rod::dataset
