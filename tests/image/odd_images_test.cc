// Every kind of PNG and JPEG there is, and those there are not, by the hundred: what decode.h
// promises, or a refusal by name.
#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/imgcodecs.hpp>

#include "image/decode.h"
#include "image_files.h"
#include "tests/tries.h"

namespace rod::image {
namespace {

// One pixel, whose bytes are all 0xAB, as every colour type has it; interlaced it is the same row.
struct OnePixel {
  unsigned bit_depth, colour_type;
  bool interlaced;

  bool exists() const {
    const bool small = bit_depth < 8, large = bit_depth == 16;
    return colour_type == 0 || (colour_type == 3 && !large) ||
           ((colour_type == 2 || colour_type == 4 || colour_type == 6) && !small);
  }
  Bytes file() const {
    const unsigned channels[] = {1, 0, 3, 1, 2, 0, 4, 0};
    std::string header = big_endian(1) + big_endian(1) + static_cast<char>(bit_depth) +
                         static_cast<char>(colour_type) + std::string(2, '\0') +
                         static_cast<char>(interlaced);
    std::string palette;
    for (int entry = 0; entry < 1 << std::min(bit_depth, 8u); ++entry)
      palette += std::string(3, static_cast<char>(entry ^ 0x55));
    const std::size_t bytes = (channels[colour_type] * bit_depth + 7) / 8;
    return bytes_of(png_signature() + png_chunk("IHDR", header) +
                    (colour_type == 3 ? png_chunk("PLTE", palette) : "") +
                    png_pixels('\0' + std::string(bytes, '\xAB')) + png_end());
  }
  // Of each of the three channels.
  int value() const {
    const unsigned first = 0xAB >> (8 - std::min(bit_depth, 8u));
    if (colour_type == 3) return static_cast<int>(first ^ 0x55);
    return static_cast<int>(first * 255 / ((1u << std::min(bit_depth, 8u)) - 1));
  }
  std::string name() const {
    return std::to_string(bit_depth) + " bits, colour type " + std::to_string(colour_type) +
           (interlaced ? ", interlaced" : "");
  }
};

void expect_grey(const Decoded& decoded, int value) {
  const Image image = accepted(decoded);
  ASSERT_EQ(image.bytes.size(), 3u);
  for (int c = 0; c < 3; ++c) EXPECT_EQ(image.u8()[c], value);
}

TEST(DecodeOdd, EveryKindOfPng) {
  std::uint64_t kinds = 0;
  for (unsigned bit_depth : {1u, 2u, 3u, 4u, 5u, 8u, 16u, 32u}) {
    for (unsigned colour_type = 0; colour_type < 8; ++colour_type) {
      for (const bool interlaced : {false, true}) {
        const OnePixel pixel{bit_depth, colour_type, interlaced};
        SCOPED_TRACE(pixel.name());
        const Bytes file = pixel.file();
        const bool odd_depth = bit_depth == 3 || bit_depth == 5 || bit_depth == 32;
        kinds += 2;
        if (odd_depth || !pixel.exists()) {
          EXPECT_REFUSED(decode_rgb(file), "do not exist together");
          EXPECT_REFUSED(decode_depth(file), "do not exist together");
          continue;
        }
        if (bit_depth == 16 && colour_type == 0) {
          EXPECT_REFUSED(decode_rgb(file), "16-bit grey: a depth image");
          EXPECT_EQ(accepted(decode_depth(file)).u16()[0], 0xABAB);
          continue;
        }
        expect_grey(decode_rgb(file), pixel.value());
        if (bit_depth == 16) {
          EXPECT_REFUSED(decode_depth(file), "16-bit");
        } else if (bit_depth < 8 && colour_type == 0) {
          EXPECT_REFUSED(decode_depth(file), "a mask");
        } else {
          expect_grey(decode_depth(file), pixel.value());
        }
      }
    }
  }
  tell(kinds, "odd images");
}

TEST(DecodeOdd, EveryKindOfJpegWithEveryExifOrientation) {
  std::uint64_t kinds = 0;
  for (const int channels : {1, 3}) {
    for (const int progressive : {0, 1}) {
      for (const int restart : {0, 3}) {
        cv::Mat pixels(17, 23, CV_8UC(channels), cv::Scalar(40, 90, 200));
        std::vector<unsigned char> encoded;
        cv::imencode(
            ".jpg", pixels, encoded,
            {cv::IMWRITE_JPEG_PROGRESSIVE, progressive, cv::IMWRITE_JPEG_RST_INTERVAL, restart});
        const auto view = std::as_bytes(std::span(encoded));
        const Bytes plain(view.begin(), view.end());
        const Image expected = accepted(decode_rgb(plain));
        ASSERT_EQ(expected.bytes.size(), 17u * 23 * 3);
        for (char orientation = 1; orientation <= 8; ++orientation) {
          const std::string before(
              "\xFF\xE1\0\x22"
              "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0",
              28);
          const Bytes exif = bytes_of(before + orientation + std::string(7, '\0'));
          Bytes file = plain;
          file.insert(file.begin() + 2, exif.begin(), exif.end());
          EXPECT_EQ(accepted(decode_rgb(file)), expected) << int(orientation);
          EXPECT_EQ(accepted(decode_depth(file)), expected) << int(orientation);
          kinds += 2;
        }
      }
    }
  }
  tell(kinds, "odd images");
}

TEST(DecodeOdd, PixelBombsOfEveryShape) {
  std::uint64_t kinds = 0;
  for (const std::uint32_t width : {1u, 8001u, 64'000'001u, 0x7FFF'FFFFu}) {
    for (const std::uint32_t height : {1u, 8000u, 0x7FFF'FFFFu}) {
      const std::uint64_t pixels = std::uint64_t{width} * height;
      if (pixels <= 64'000'000) continue;
      for (const char colour_type : {0, 2, 6}) {
        const Bytes bomb = bytes_of(png_signature() + png_header(width, height, 8, colour_type) +
                                    png_pixels("x") + png_end());
        EXPECT_REFUSED(decode_rgb(bomb), "at most 64000000");
        EXPECT_REFUSED(decode_depth(bomb), "at most 64000000");
        kinds += 2;
      }
    }
  }
  tell(kinds, "odd images");
}

}  // namespace
}  // namespace rod::image
