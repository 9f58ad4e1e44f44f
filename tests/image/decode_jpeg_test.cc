#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <opencv2/imgcodecs.hpp>

#include "image/decode.h"
#include "image_files.h"

namespace rod::image {
namespace {

Bytes jpeg(int channels, bool progressive = false, int restart_interval = 0) {
  cv::Mat pixels(40, 56, CV_8UC(channels));
  for (int i = 0; i < 40 * 56 * channels; ++i)
    pixels.data[i] = static_cast<unsigned char>(i / channels % 56 * 4);
  std::vector<unsigned char> file;
  cv::imencode(
      ".jpg", pixels, file,
      {cv::IMWRITE_JPEG_PROGRESSIVE, progressive, cv::IMWRITE_JPEG_RST_INTERVAL, restart_interval});
  const auto bytes = std::as_bytes(std::span(file));
  return {bytes.begin(), bytes.end()};
}

// Offset of the first segment of this marker.
std::size_t segment(const Bytes& file, int marker) {
  for (std::size_t at = 2; at + 4 < file.size();) {
    if (file[at + 1] == std::byte(marker)) return at;
    at += 2 + (std::to_integer<std::size_t>(file[at + 2]) << 8 |
               std::to_integer<std::size_t>(file[at + 3]));
  }
  ADD_FAILURE() << "no such marker";
  return 0;
}

TEST(DecodeJpeg, ReadsWhatWasEncoded) {
  const Image image = accepted(decode_rgb(jpeg(3)));
  ASSERT_EQ(image.bytes.size(), 40u * 56 * 3);
  for (int i = 0; i < 40 * 56 * 3; ++i) EXPECT_LE(std::abs(image.u8()[i] - i / 3 % 56 * 4), 8) << i;
}

TEST(DecodeJpeg, ExpandsGrey) {
  const Image image = accepted(decode_rgb(jpeg(1)));
  EXPECT_EQ(image.channels, 3u);
  for (int i = 0; i < 40 * 56; ++i) EXPECT_EQ(image.u8()[3 * i], image.u8()[3 * i + 2]);
}

TEST(DecodeJpeg, RefusesAFileCutAtAnyByte) {
  for (const Bytes& file : {jpeg(3), jpeg(1), jpeg(3, true), jpeg(3, false, 2)}) {
    EXPECT_EQ(reason(decode_rgb(file)), "");
    for (std::size_t size = 0; size < file.size(); ++size) {
      ASSERT_NE(reason(decode_rgb(std::span(file).first(size))), "")
          << size << " of " << file.size();
    }
  }
}

TEST(DecodeJpeg, IgnoresTheExifOrientation) {
  Bytes file = jpeg(3);
  const std::string exif(
      "\xFF\xE1\0\x22"
      "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0",
      36);
  const Image plain = accepted(decode_rgb(file));
  const Bytes bytes = bytes_of(exif);
  file.insert(file.begin() + 2, bytes.begin(), bytes.end());
  EXPECT_EQ(accepted(decode_rgb(file)), plain);
}

// The file's parts that end before its scan number 1, 2, …
std::vector<std::size_t> scan_starts(const Bytes& file) {
  std::vector<std::size_t> starts;
  for (std::size_t at = 2; at + 1 < file.size(); ++at) {
    if (file[at] == std::byte(0xFF) && file[at + 1] == std::byte(0xDA)) starts.push_back(at);
  }
  return starts;
}

TEST(DecodeJpeg, RefusesAProgressiveFileThatEndsBeforeAllItsScans) {
  for (const int channels : {1, 3}) {
    const Bytes file = jpeg(channels, true);
    const auto starts = scan_starts(file);
    ASSERT_GT(starts.size(), 3u);
    for (std::size_t n = 1; n < starts.size(); ++n) {
      Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(starts[n]));
      cut.insert(cut.end(), {std::byte(0xFF), std::byte(0xD9)});
      EXPECT_REFUSED(decode_rgb(cut), "ends before the scan that completes coefficient") << n;
    }
  }
}

TEST(DecodeJpeg, TakesPaddingBeforeItsEndForWhatItIs) {
  for (const bool progressive : {false, true}) {
    const Bytes file = jpeg(3, progressive);
    const Image plain = accepted(decode_rgb(file));
    for (const std::size_t count : {1u, 2u, 7u, 8u, 9u, 64u, 5000u}) {
      for (const unsigned value : {0u, 0x20u, 0xFFu}) {
        Bytes padded = file;
        padded.insert(padded.end() - 2, count, std::byte(value));
        EXPECT_EQ(accepted(decode_rgb(padded)), plain) << count << " bytes of " << value;
      }
    }
    Bytes damaged = file;
    for (int n = 0; n < 64; ++n) damaged.insert(damaged.end() - 2, std::byte(17 + n));
    EXPECT_REFUSED(decode_rgb(damaged), "extraneous bytes");
  }
}

TEST(DecodeJpeg, IgnoresTheVersionOfJfif) {
  Bytes file = jpeg(3);
  const Image plain = accepted(decode_rgb(file));
  const std::size_t version = segment(file, 0xE0) + 9;
  ASSERT_EQ(file[version], std::byte(1));
  file[version] = std::byte(2);
  EXPECT_EQ(accepted(decode_rgb(file)), plain);
}

TEST(DecodeJpeg, RefusesCmykByName) {
  Bytes file = jpeg(3);
  file[segment(file, 0xC0) + 9] = std::byte{4};
  EXPECT_REFUSED(decode_rgb(file), "CMYK");
}

TEST(DecodeJpeg, RefusesAPixelBombByItsHeader) {
  Bytes file = jpeg(3);
  const std::size_t frame = segment(file, 0xC0);
  const Bytes sides = bytes_of("\xF6\x12\xFF\x04");  // 62994 high, 65284 wide
  std::copy(sides.begin(), sides.end(), file.begin() + static_cast<std::ptrdiff_t>(frame) + 5);
  EXPECT_REFUSED(decode_rgb(file), "65284x62994 pixels, at most 64000000");
}

TEST(DecodeJpeg, RefusesAScanBomb) {
  Bytes file = jpeg(3, true);
  const Bytes end(file.end() - 2, file.end());
  const auto scan = static_cast<std::ptrdiff_t>(segment(file, 0xDA));
  const Bytes scans(file.begin() + scan, file.end() - 2);
  file.resize(file.size() - 2);
  for (int i = 0; i < 100; ++i) file.insert(file.end(), scans.begin(), scans.end());
  file.insert(file.end(), end.begin(), end.end());
  EXPECT_REFUSED(decode_rgb(file), "more than 100 scans");
}

TEST(DecodeJpeg, RefusesRareKindsAndDamagedHeaders) {
  const Bytes file = jpeg(3);
  const std::size_t frame = segment(file, 0xC0);
  const auto with = [&](std::size_t at, int value) {
    Bytes changed = file;
    changed[at] = std::byte(value);
    return decode_rgb(changed);
  };
  EXPECT_REFUSED(with(frame + 1, 0xC9), "rare kind");
  EXPECT_REFUSED(with(frame + 4, 12), "12 bits per sample");
  EXPECT_REFUSED(with(frame + 9, 2), "2 components");
  EXPECT_REFUSED(with(frame, 0), "no marker at byte");
  Bytes twice = file;
  twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(frame),
               file.begin() + static_cast<std::ptrdiff_t>(frame),
               file.begin() + static_cast<std::ptrdiff_t>(frame) + 19);
  EXPECT_REFUSED(decode_rgb(twice), "two frames");
  EXPECT_REFUSED(decode_rgb(bytes_of("\xFF\xD8\xFF\xD9")), "no pixels");
}

}  // namespace
}  // namespace rod::image
