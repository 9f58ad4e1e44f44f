// WebP, TIFF, BMP and NPY, and the formats that are refused by their names.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <opencv2/imgcodecs.hpp>

#include "image/decode.h"
#include "image_files.h"

namespace rod::image {
namespace {

// OpenCV's colours are B, G, R.
Bytes encoded_by_opencv(const char* extension, const Image& image, const std::vector<int>& flags) {
  const int type = image.sample_bytes == 2 ? CV_16UC1 : image.channels == 3 ? CV_8UC3 : CV_8UC1;
  cv::Mat pixels(static_cast<int>(image.height), static_cast<int>(image.width), type);
  std::memcpy(pixels.data, image.bytes.data(), image.bytes.size());
  if (image.channels == 3) {
    for (std::size_t i = 0; i < image.bytes.size(); i += 3)
      std::swap(pixels.data[i], pixels.data[i + 2]);
  }
  std::vector<unsigned char> file;
  cv::imencode(extension, pixels, file, flags);
  const auto bytes = std::as_bytes(std::span(file));
  return {bytes.begin(), bytes.end()};
}

constexpr int kNoCompression = 1, kLzw = 5, kDeflate = 8;

Bytes tiff(const Image& image, int compression = kLzw) {
  return encoded_by_opencv(".tiff", image, {cv::IMWRITE_TIFF_COMPRESSION, compression});
}
Bytes webp(const Image& image) {  // above 100: lossless
  return encoded_by_opencv(".webp", image, {cv::IMWRITE_WEBP_QUALITY, 101});
}
Bytes bmp(const Image& image) {
  return encoded_by_opencv(".bmp", image, {});
}

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int n = 0; n < bytes; ++n) text += static_cast<char>(value >> 8 * n);
  return text;
}

std::string npy(const std::string& type, const std::string& shape, const std::string& pixels,
                const std::string& order = "False") {
  const std::string header =
      "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  return "\x93NUMPY" + little_endian(1, 2).substr(0, 1) + std::string(1, '\0') +
         little_endian(header.size() + 1, 2) + header + "\n" + pixels;
}

std::string floats(const std::vector<float>& values) {
  std::string text(4 * values.size(), '\0');
  std::memcpy(text.data(), values.data(), text.size());
  return text;
}

// 2x2 pixels of `bits` bits with a palette of `colours`.
Bytes palette_bmp(unsigned bits, unsigned colours, const std::string& rows) {
  std::string palette;
  for (unsigned n = 0; n < colours; ++n) palette += little_endian(0x010101 * (10 * n + 5), 4);
  const std::uint64_t offset = 14 + 40 + palette.size();
  return bytes_of("BM" + little_endian(offset + rows.size(), 4) + little_endian(0, 4) +
                  little_endian(offset, 4) + little_endian(40, 4) + little_endian(2, 4) +
                  little_endian(2, 4) + little_endian(1, 2) + little_endian(bits, 2) +
                  little_endian(0, 4) + little_endian(rows.size(), 4) + little_endian(0, 8) +
                  little_endian(colours, 4) + little_endian(0, 4) + palette + rows);
}

TEST(DecodeFormats, LosslessFilesGiveTheSamePixels) {
  for (const auto& [height, width] : {std::pair{1u, 1u}, {37u, 53u}, {128u, 5u}}) {
    const Image image = patterned(height, width, 3);
    EXPECT_EQ(accepted(decode_rgb(webp(image))), image);
    EXPECT_EQ(accepted(decode_rgb(bmp(image))), image);
    for (const int compression : {kNoCompression, kLzw, kDeflate}) {
      EXPECT_EQ(accepted(decode_rgb(tiff(image, compression))), image) << compression;
    }
    EXPECT_EQ(accepted(decode_depth(tiff(image))), image);
  }
}

TEST(DecodeFormats, GreyIsExpanded) {
  const Image grey = patterned(9, 11, 1);
  for (const Bytes& file : {tiff(grey), bmp(grey)}) {
    const Image image = accepted(decode_rgb(file));
    for (std::size_t i = 0; i < grey.bytes.size(); ++i) {
      for (int c = 0; c < 3; ++c) EXPECT_EQ(image.bytes[3 * i + c], grey.bytes[i]);
    }
  }
}

TEST(DecodeFormats, SixteenBitTiffIsDepth) {
  const Image depth = patterned_depth(31, 17);
  EXPECT_EQ(accepted(decode_depth(tiff(depth))), depth);
  EXPECT_REFUSED(decode_rgb(tiff(depth)), "TIFF of 16-bit grey: a depth image, expected colour");
}

TEST(DecodeFormats, EveryCutIsRefused) {
  const Image image = patterned(20, 24, 3);
  for (const Bytes& file : {webp(image), bmp(image), tiff(image, kNoCompression), tiff(image),
                            tiff(image, kDeflate), tiff(patterned_depth(9, 8))}) {
    for (std::size_t size = 0; size < file.size(); ++size) {
      const auto cut = std::span(file).first(size);
      ASSERT_NE(reason(decode_depth(cut)), "") << size << " of " << file.size();
      ASSERT_NE(reason(decode_rgb(cut)), "") << size << " of " << file.size();
    }
  }
}

TEST(DecodeFormats, EveryFlippedBitIsSurvived) {
  const Image image = patterned(6, 7, 3);
  for (Bytes file :
       {webp(image), bmp(image), tiff(image), bytes_of(npy("<u2", "(2, 2)", "abcdefgh"))}) {
    for (std::size_t bit = 0; bit < 8 * file.size(); ++bit) {
      file[bit / 8] ^= std::byte(1 << bit % 8);
      const Decoded decoded = decode_depth(file, {.max_pixels = 1 << 16});
      if (const auto* pixels = std::get_if<Image>(&decoded)) {
        EXPECT_EQ(pixels->bytes.size(), pixels->height * pixels->row_bytes());
      }
      file[bit / 8] ^= std::byte(1 << bit % 8);
    }
  }
}

TEST(DecodeFormats, LimitsCountBeforePixelsAreDecoded) {
  const Image image = patterned(30, 40, 3);
  for (const Bytes& file : {webp(image), bmp(image), tiff(image)}) {
    EXPECT_REFUSED(decode_rgb(file, {.max_pixels = 1199}), "40x30 pixels, at most 1199");
    EXPECT_EQ(reason(decode_rgb(file, {.max_pixels = 1200})), "");
  }
}

TEST(DecodeFormats, TiffOfSeveralPagesIsRefused) {
  const cv::Mat page(4, 4, CV_8UC3, cv::Scalar(1, 2, 3));
  std::vector<unsigned char> file;
  // OpenCV writes pages to files only.
  const std::string path = testing::TempDir() + "pages.tiff";
  cv::imwritemulti(path, std::vector<cv::Mat>{page, page});
  std::FILE* const stream = std::fopen(path.c_str(), "rb");
  ASSERT_NE(stream, nullptr);
  file.resize(100'000);
  file.resize(std::fread(file.data(), 1, file.size(), stream));
  std::fclose(stream);
  std::remove(path.c_str());
  EXPECT_REFUSED(decode_rgb(std::as_bytes(std::span(file))), "several pages");
}

TEST(DecodeFormats, BmpWithAPalette) {
  const Image image = accepted(decode_rgb(palette_bmp(8, 3, std::string("\0\1\0\0\2\2\0\0", 8))));
  ASSERT_EQ(image.bytes.size(), 12u);
  EXPECT_EQ(image.u8()[0], 25);  // rows are stored from the bottom
  EXPECT_EQ(image.u8()[6], 5);
  EXPECT_EQ(image.u8()[9], 15);
  EXPECT_EQ(reason(decode_rgb(palette_bmp(4, 3, std::string("\x02\0\0\0\x10\0\0\0", 8)))), "");
  EXPECT_EQ(reason(decode_rgb(palette_bmp(1, 2, std::string("\x80\0\0\0\x40\0\0\0", 8)))), "");
}

TEST(DecodeFormats, BmpWithAColourBeyondItsPaletteIsRefused) {
  EXPECT_REFUSED(decode_rgb(palette_bmp(8, 3, std::string("\0\3\0\0\2\2\0\0", 8))),
                 "colour 3 of a palette of 3");
  EXPECT_REFUSED(decode_rgb(palette_bmp(4, 3, std::string("\x04\0\0\0\x10\0\0\0", 8))),
                 "colour 4 of a palette of 3");
}

TEST(DecodeFormats, NpyHoldsMillimetresOrMetres) {
  const Image words = accepted(decode_depth(bytes_of(
      npy("<u2", "(1, 3)", little_endian(1, 2) + little_endian(40'000, 2) + little_endian(7, 2)))));
  EXPECT_EQ(words.width, 3u);
  EXPECT_EQ(words.u16()[1], 40'000);
  const Image swapped = accepted(decode_depth(bytes_of(npy(">u2", "(1, 1)", "\x01\x02"))));
  EXPECT_EQ(swapped.u16()[0], 0x0102);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Image metres =
      accepted(decode_depth(bytes_of(npy("<f4", "(2, 2)", floats({1.2345f, nan, -1, 65.5f})))));
  EXPECT_EQ(metres.u16()[0], 1235);
  EXPECT_EQ(metres.u16()[1], 0);
  EXPECT_EQ(metres.u16()[2], 0);
  EXPECT_EQ(metres.u16()[3], 65'500);
  const Image columns = accepted(
      decode_depth(bytes_of(npy("<u2", "(2, 2)", std::string("\1\0\2\0\3\0\4\0", 8), "True"))));
  EXPECT_EQ(columns.u16()[1], 3);
  EXPECT_EQ(columns.u16()[2], 2);
}

TEST(DecodeFormats, DepthScaleIsMetresPerUnit) {
  const Bytes words = bytes_of(npy("<u2", "(1, 1)", little_endian(5000, 2)));
  EXPECT_EQ(accepted(decode_depth(words, {.depth_scale = 1.0 / 5000})).u16()[0], 1000);
  const Bytes values = bytes_of(npy("<f4", "(1, 1)", floats({2500})));
  EXPECT_EQ(accepted(decode_depth(values, {.depth_scale = 0.001})).u16()[0], 2500);
  EXPECT_REFUSED(decode_depth(values), "2500 m at row 0, column 0, at most 65.535 m");
  EXPECT_REFUSED(decode_depth(words, {.depth_scale = 0.1}), "--depth-scale");
  Image depth(1, 1, 1, 2);
  depth.u16()[0] = 5000;
  EXPECT_EQ(accepted(decode_depth(tiff(depth), {.depth_scale = 0.0002})).u16()[0], 1000);
}

TEST(DecodeFormats, OddNpyIsRefusedByName) {
  const auto refusal = [](const std::string& file) { return decode_depth(bytes_of(file)); };
  EXPECT_REFUSED(refusal(npy("<f8", "(1, 1)", "12345678")), "type '<f8'");
  EXPECT_REFUSED(refusal(npy("|O", "(1, 1)", "12345678")), "type '|O'");
  EXPECT_REFUSED(refusal(npy("<u2", "(1, 1, 3)", "123456")), "3 dimensions, expected 2");
  EXPECT_REFUSED(refusal(npy("<u2", "(4,)", "12345678")), "1 dimensions");
  EXPECT_REFUSED(refusal(npy("<u2", "(2, 2)", "1234567")), "7 bytes of pixels, expected 2x2x2");
  EXPECT_REFUSED(refusal(npy("<u2", "(2, 2)", "123456789a")), "10 bytes of pixels");
  EXPECT_REFUSED(refusal(npy("<u2", "(0, 2)", "")), "claims 2x0");
  EXPECT_REFUSED(refusal(npy("<u2", "(2147483647, 2147483647)", "1234")), "bytes of pixels");
  EXPECT_REFUSED(refusal(npy("<u2", "__import__('os')", "12")), "not NumPy's");
  EXPECT_REFUSED(refusal("\x93NUMPY"), "truncated");
  EXPECT_REFUSED(decode_rgb(bytes_of(npy("<f4", "(1, 1)", "1234"))),
                 "NPY of 32-bit grey: a depth image");
}

TEST(DecodeFormats, OthersAreRefusedByTheirNames) {
  const std::string box = std::string("\0\0\0\x20", 4) + "ftyp";
  EXPECT_REFUSED(decode_rgb(bytes_of("GIF89a")), "GIF is not decoded: convert");
  EXPECT_REFUSED(decode_rgb(bytes_of(box + "avif")), "AVIF is not decoded");
  EXPECT_REFUSED(decode_rgb(bytes_of(box + "heic")), "HEIC is not decoded");
  EXPECT_REFUSED(decode_rgb(bytes_of(box + "mif1")), "HEIC is not decoded");
  EXPECT_REFUSED(decode_depth(bytes_of("\x76\x2F\x31\x01")), "OpenEXR is not decoded");
  EXPECT_REFUSED(decode_rgb(bytes_of("\xFF\x4F\xFF\x51")), "JPEG 2000 is not decoded");
  EXPECT_REFUSED(decode_rgb(bytes_of(std::string("\0\0\0\x0C", 4) + "jP  \r\n\x87\n")),
                 "JPEG 2000 is not decoded");
  EXPECT_REFUSED(decode_rgb(bytes_of(box + "mp42")), "none of the known formats");
  EXPECT_REFUSED(decode_rgb(bytes_of("BMX is a text that begins so")), "none of the known formats");
}

}  // namespace
}  // namespace rod::image
