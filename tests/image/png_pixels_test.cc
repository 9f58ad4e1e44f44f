#include <gtest/gtest.h>

#include <cstring>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/random.h"
#include "image/png.h"
#include "image_files.h"

namespace rod::image {
namespace {

struct Kind {
  char depth, colour_type;
  unsigned pixel_bytes;
};
constexpr Kind kKinds[] = {{8, 0, 1}, {8, 2, 3}, {8, 4, 2}, {8, 6, 4}, {16, 0, 2}};

// Residuals are any bytes, so noise behind every filter in turn is a valid file.
std::string noise_rows(std::uint32_t width, std::uint32_t height, const Kind& kind,
                       Random& random) {
  std::string rows;
  for (std::uint32_t y = 0; y < height; ++y) {
    rows += static_cast<char>((y + width) % 5);
    for (std::uint32_t i = 0; i < width * kind.pixel_bytes; ++i) {
      rows += static_cast<char>(random.below(256));
    }
  }
  return rows;
}

Bytes png_of(std::uint32_t width, std::uint32_t height, const Kind& kind, const std::string& rows) {
  return bytes_of(png_signature() + png_header(width, height, kind.depth, kind.colour_type) +
                  png_pixels(rows) + png_end());
}

std::optional<Image> decoded(const Bytes& png) {
  return decode_common_png(png, std::get<PngStructure>(check_png(png)));
}

Image opencv_decoded(const Bytes& png, const Kind& kind) {
  const bool millimetres = kind.depth == 16;
  cv::Mat pixels = cv::imdecode(
      cv::Mat(1, static_cast<int>(png.size()), CV_8UC1, const_cast<std::byte*>(png.data())),
      millimetres ? cv::IMREAD_GRAYSCALE | cv::IMREAD_ANYDEPTH : cv::IMREAD_COLOR);
  if (!millimetres) cv::cvtColor(pixels, pixels, cv::COLOR_BGR2RGB);
  Image image(static_cast<std::uint32_t>(pixels.rows), static_cast<std::uint32_t>(pixels.cols),
              millimetres ? 1 : 3, millimetres ? 2 : 1);
  std::memcpy(image.bytes.data(), pixels.data, image.bytes.size());
  return image;
}

TEST(DecodeCommonPng, EqualsOpenCvBehindEveryFilterForEveryKindAndWidth) {
  Random random(1, 0, 0);
  for (const Kind& kind : kKinds) {
    for (const std::uint32_t width : {1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 33, 100}) {
      for (const std::uint32_t height : {1, 2, 11}) {
        SCOPED_TRACE(::testing::Message()
                     << int(kind.depth) << " bits, type " << int(kind.colour_type) << ", " << width
                     << "x" << height);
        const Bytes png = png_of(width, height, kind, noise_rows(width, height, kind, random));
        const auto image = decoded(png);
        ASSERT_TRUE(image.has_value());
        EXPECT_EQ(*image, opencv_decoded(png, kind));
      }
    }
  }
}

TEST(DecodeCommonPng, LeavesWhatIsOddToTheOtherDecoder) {
  const Kind rgb{8, 2, 3};
  const std::string rows(2 * 7, '\0');
  EXPECT_TRUE(decoded(png_of(2, 2, rgb, rows)));
  EXPECT_FALSE(decoded(png_of(2, 3, rgb, rows)));                   // too few rows
  EXPECT_FALSE(decoded(png_of(2, 1, rgb, rows)));                   // too many
  EXPECT_FALSE(decoded(png_of(2, 2, rgb, "\5" + rows.substr(1))));  // no such filter
  EXPECT_FALSE(decoded(png_of(14, 1, {4, 0, 1}, rows)));            // 4 bits per sample

  const auto with_stream = [](const std::string& stream) {
    return decoded(
        bytes_of(png_signature() + png_header(2, 2, 8, 2) + png_chunk("IDAT", stream) + png_end()));
  };
  const std::string chunk = png_pixels(rows);
  std::string stream = chunk.substr(8, chunk.size() - 12);
  EXPECT_TRUE(with_stream(stream));
  EXPECT_FALSE(with_stream(stream + "x"));  // bytes after the stream
  stream.back() ^= 1;
  EXPECT_FALSE(with_stream(stream));  // another Adler-32
}

TEST(DecodeCommonPng, JoinsSeveralPixelChunks) {
  const std::string rows("\0abcdef\0ghijkl", 14);
  const std::string chunk = png_pixels(rows);
  std::string split = png_signature() + png_header(2, 2, 8, 2);
  for (const char c : chunk.substr(8, chunk.size() - 12)) {
    split += png_chunk("IDAT", std::string(1, c)) + png_chunk("IDAT", "");
  }
  EXPECT_EQ(decoded(bytes_of(split + png_end())), decoded(png_of(2, 2, {8, 2, 3}, rows)));
}

}  // namespace
}  // namespace rod::image
