// EXIF orientation: found in every format that has it, and undone.
#include <gtest/gtest.h>

#include "image/geometry.h"
#include "image_files.h"

namespace rod::image {
namespace {

std::string exif_block(char orientation, bool big_endian_block = false) {
  if (big_endian_block) {
    return std::string("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 19) + orientation +
           std::string(6, '\0');
  }
  return std::string("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18) + orientation +
         std::string(7, '\0');
}

std::string in_jpeg(const std::string& block) {
  const std::size_t length = 2 + 6 + block.size();
  return "\xFF\xD8\xFF\xE0" + std::string("\0\x04xx", 4) + "\xFF\xE1" +
         std::string{static_cast<char>(length >> 8), static_cast<char>(length)} +
         std::string("Exif\0\0", 6) + block + "\xFF\xD9";
}

std::string in_webp(const std::string& block) {
  const auto size = static_cast<char>(block.size());
  return std::string("RIFF\0\0\0\0WEBPXXXX\x01\0\0\0x\0EXIF", 26) + size + std::string(3, '\0') +
         block;
}

TEST(Exif, IsFoundInEveryFormat) {
  for (char orientation = 1; orientation <= 8; ++orientation) {
    for (const bool big : {false, true}) {
      const std::string block = exif_block(orientation, big);
      const auto expected = static_cast<unsigned>(orientation);
      EXPECT_EQ(exif_orientation(bytes_of(block)), expected) << "TIFF";
      EXPECT_EQ(exif_orientation(bytes_of(in_jpeg(block))), expected) << "JPEG";
      EXPECT_EQ(exif_orientation(bytes_of(in_webp(block))), expected) << "WebP";
      EXPECT_EQ(exif_orientation(bytes_of(png_signature() + png_header(1, 1, 8, 2) +
                                          png_chunk("eXIf", block) + png_end())),
                expected)
          << "PNG";
    }
  }
}

TEST(Exif, IsUprightWhereThereIsNoneOrAnInvalidOne) {
  for (const char invalid : {0, 9, 100}) {
    EXPECT_EQ(exif_orientation(bytes_of(in_jpeg(exif_block(invalid)))), 1u);
  }
  EXPECT_EQ(exif_orientation({}), 1u);
  EXPECT_EQ(exif_orientation(bytes_of("\xFF\xD8\xFF\xDA")), 1u);
  for (const std::string& file : {in_jpeg(exif_block(6)), in_webp(exif_block(6)), exif_block(6)}) {
    for (std::size_t size = 0; size < file.size(); ++size) {
      const unsigned found = exif_orientation(bytes_of(file.substr(0, size)));
      EXPECT_TRUE(found == 1 || found == 6) << size;
    }
  }
}

// Stored rows of the picture  1 2 3  in each orientation.
//                             4 5 6
TEST(Exif, IsUndone) {
  const struct {
    unsigned orientation;
    std::uint32_t height;
    std::string stored;
  } kCases[] = {{1, 2, "123456"}, {2, 2, "321654"}, {3, 2, "654321"}, {4, 2, "456123"},
                {5, 3, "142536"}, {6, 3, "362514"}, {7, 3, "635241"}, {8, 3, "415263"}};
  for (const auto& [orientation, height, stored] : kCases) {
    for (const std::uint32_t channels : {1u, 3u}) {
      Image image(height, 6 / height, channels, 1), expected(2, 3, channels, 1);
      for (std::size_t n = 0; n < image.bytes.size(); ++n) {
        image.bytes[n] = std::byte(stored[n / channels]);
        expected.bytes[n] = std::byte('1' + n / channels);
      }
      EXPECT_EQ(upright(image, orientation), expected) << orientation;
    }
  }
}

}  // namespace
}  // namespace rod::image
