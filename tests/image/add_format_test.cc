// Adding an image format touches three files: its own, the table, and the CMakeLists.txt beside it.
// This program is built with toy_format.cc and the table of lib/image with one entry more (see
// CMakeLists.txt here).
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "image/decode.h"
#include "image_files.h"

namespace rod::image {
namespace {

TEST(AddingAnImageFormat, MakesItsFilesDecodable) {
  const Image image = accepted(decode_rgb(bytes_of("TOY\x02\x01zyx")));
  EXPECT_EQ(image.width, 2u);
  EXPECT_EQ(image.height, 1u);
  EXPECT_EQ(image.bytes, bytes_of("zyxzyx"));
  EXPECT_EQ(accepted(decode_depth(bytes_of("TOY\x02\x01zyx"))), image);
}

TEST(AddingAnImageFormat, MakesItsFaultsAndTheLimitsCount) {
  EXPECT_REFUSED(decode_rgb(bytes_of("TOY\x02")), "TOY is truncated");
  EXPECT_REFUSED(decode_rgb(bytes_of("TOY\x02\x03zyx"), {.max_pixels = 5}), "2x3 pixels");
  EXPECT_REFUSED(decode_rgb(bytes_of("TAY")), ", TOY");
}

// The files of the programs that name the entry of JPEG: a format like the toy. Its structure and
// its pixels have files of their own, which a smaller format would not need.
TEST(AddingAnImageFormat, TouchesThreeFiles) {
  std::vector<std::string> touched;
  const std::filesystem::path source = ROD_SOURCE_DIR;
  for (const char* folder : {"lib", "tools", "trainer"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source / folder)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path());
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      for (const char* name : {"kJpegFormat", "jpeg_format.cc", "looks_like_jpeg", "check_jpeg("}) {
        if (text.find(name) == text.npos) continue;
        touched.push_back(entry.path().lexically_relative(source).string());
        break;
      }
    }
  }
  std::erase(touched, "lib/image/image_structure.h");
  std::erase(touched, "lib/image/jpeg_structure.cc");
  std::sort(touched.begin(), touched.end());
  EXPECT_EQ(touched,
            (std::vector<std::string>{"lib/image/CMakeLists.txt", "lib/image/format_table.cc",
                                      "lib/image/jpeg_format.cc"}));
}

}  // namespace
}  // namespace rod::image
