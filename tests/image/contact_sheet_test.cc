#include "image/contact_sheet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "image_files.h"

namespace rod::image {
namespace {

const SheetText kText = {"ROD", "12 pairs"};

// How often `picture` stands in `sheet`, sample by sample.
int count_in(const Image& sheet, const Image& picture) {
  int found = 0;
  const std::size_t row = picture.width * 3;
  for (std::uint32_t y = 0; y + picture.height <= sheet.height; ++y) {
    for (std::uint32_t x = 0; x + picture.width <= sheet.width; ++x) {
      bool equal = true;
      for (std::uint32_t r = 0; equal && r < picture.height; ++r) {
        equal = std::memcmp(sheet.u8() + (std::size_t{y + r} * sheet.width + x) * 3,
                            picture.u8() + r * row, row) == 0;
      }
      found += equal;
    }
  }
  return found;
}

TEST(ContactSheet, ShowsEveryPictureOfTileSizeUnchanged) {
  const Image rgb = patterned(32, 32, 3);
  Image colouring = rgb;
  std::reverse(colouring.bytes.begin(), colouring.bytes.end());
  const Image sheet = contact_sheet(
      kText, {{"apple", {{rgb, colouring}, {rgb, colouring}}}, {"ball", {{rgb, colouring}}}}, 32);
  EXPECT_EQ(count_in(sheet, rgb), 3);
  EXPECT_EQ(count_in(sheet, colouring), 3);
}

TEST(ContactSheet, IsTheSameEveryTime) {
  const std::vector<SheetClass> classes = {
      {"soda_can", {{patterned(40, 30, 3), patterned_depth(40, 30)}}}};
  EXPECT_EQ(contact_sheet(kText, classes), contact_sheet(kText, classes));
}

TEST(ContactSheet, ShowsMissingDepthInNeutralGrey) {
  Image grey(16, 16, 3, 1);
  for (std::size_t i = 0; i < grey.bytes.size(); ++i)
    grey.bytes[i] = std::byte(i % 3 == 2 ? 212 : 214);
  const Image nothing(16, 16, 1, 2);
  EXPECT_EQ(count_in(contact_sheet(kText, {{"cap", {{patterned(16, 16, 3), nothing}}}}, 16), grey),
            1);
}

TEST(ContactSheet, NamesTheClassesAndTheDataSet) {
  const std::vector<SheetClass> apple = {{"apple", {{patterned(32, 32, 3), patterned(32, 32, 3)}}}};
  auto pear = apple;
  pear[0].name = "pear";
  EXPECT_NE(contact_sheet(kText, apple, 32), contact_sheet(kText, pear, 32));
  EXPECT_NE(contact_sheet(kText, apple, 32),
            contact_sheet({"synROD-train", kText.subtitle}, apple, 32));
}

TEST(ContactSheet, LeavesPlacesBlankForClassesWithoutPairs) {
  const Image sheet = contact_sheet(kText, {{"apple", {}}, {"ball", {{Image(), Image()}}}}, 64);
  EXPECT_GT(sheet.height, 128u);
  EXPECT_GT(contact_sheet(kText, {}).width, 0u);
}

TEST(ContactSheet, GrowsDownAndAcrossTogether) {
  const std::vector<SheetClass> classes(47,
                                        {"plate", {{patterned(96, 96, 3), patterned(96, 96, 3)}}});
  const Image sheet = contact_sheet(kText, classes);
  EXPECT_LT(sheet.width, 3 * sheet.height);
  EXPECT_LT(sheet.height, 3 * sheet.width);
}

TEST(ContactSheet, RefusesATileThatNobodyCouldSee) {
  EXPECT_THROW(contact_sheet(kText, {}, 8), Error);
  EXPECT_THROW(contact_sheet(kText, {}, 5000), Error);
}

}  // namespace
}  // namespace rod::image
