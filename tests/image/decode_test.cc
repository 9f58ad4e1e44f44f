#include "image/decode.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "base/hash.h"
#include "image/png.h"
#include "image_files.h"
#include "io/file.h"
#include "pngsuite.h"

namespace rod::image {
namespace {

namespace fs = std::filesystem;

// 2x2 RGB: red, green; blue, white.
const std::string kRgbRows("\0\xFF\0\0\0\xFF\0\0\0\0\xFF\xFF\xFF\xFF", 14);
Bytes small_png(const std::string& before_pixels, const std::string& after_pixels = "") {
  return bytes_of(png_signature() + png_header(2, 2, 8, 2) + before_pixels + png_pixels(kRgbRows) +
                  after_pixels + png_end());
}

TEST(DecodePng, EqualsPillowOnPngSuite) {
  const fs::path folder = fs::path(ROD_SHARED) / "data/pngsuite";
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is absent";
  for (const PngSuiteFile& file : kPngSuite) {
    SCOPED_TRACE(file.name);
    const std::string text = io::read_file(folder / (file.name + std::string(".png")));
    const auto data = std::as_bytes(std::span(text));
    const Decoded decoded =
        file.kind == PngSuiteKind::kGrey16 ? decode_depth(data) : decode_rgb(data);
    if (file.kind == PngSuiteKind::kGrey16) {
      EXPECT_REFUSED(decode_rgb(data), "16-bit");
    }
    if (file.kind == PngSuiteKind::kRgb16) {
      EXPECT_REFUSED(decode_depth(data), "16-bit");
    }
    ASSERT_TRUE(std::holds_alternative<Image>(decoded)) << reason(decoded);
    EXPECT_EQ(hash64(std::get<Image>(decoded).bytes), file.hash);
  }
}

TEST(DecodePng, RefusesTheCorruptFilesOfPngSuite) {
  const fs::path folder = fs::path(ROD_SHARED) / "data/pngsuite";
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is absent";
  int refused = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().front() != 'x') continue;
    const std::string text = io::read_file(entry.path());
    EXPECT_NE(reason(decode_rgb(std::as_bytes(std::span(text)))), "") << entry.path();
    EXPECT_NE(reason(decode_depth(std::as_bytes(std::span(text)))), "") << entry.path();
    ++refused;
  }
  EXPECT_EQ(refused, 14);
}

TEST(DecodePng, RefusesAFileCutAtAnyByte) {
  const Bytes png = encode_png(patterned(24, 24, 3));
  for (std::size_t size = 0; size < png.size(); ++size) {
    EXPECT_NE(reason(decode_rgb(std::span(png).first(size))), "") << size << " of " << png.size();
  }
}

TEST(DecodePng, RefusesEveryFlippedBit) {
  const Bytes png = encode_png(patterned_depth(7, 9));
  for (std::size_t bit = 0; bit < 8 * png.size(); ++bit) {
    Bytes flipped = png;
    flipped[bit / 8] ^= std::byte(1 << bit % 8);
    EXPECT_NE(reason(decode_depth(flipped)), "") << "bit " << bit;
  }
}

TEST(DecodePng, RefusesPixelsThatEndEarlyBehindRightChecksums) {
  EXPECT_REFUSED(decode_rgb(bytes_of(png_signature() + png_header(2, 3, 8, 2) +
                                     png_pixels(kRgbRows) + png_end())),
                 "pixel data");
}

TEST(DecodePng, ReadsThePixelsItWasGiven) {
  const Image image = accepted(decode_rgb(small_png("")));
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(image.u8()), 12),
            std::string("\xFF\0\0\0\xFF\0\0\0\xFF\xFF\xFF\xFF", 12));
}

TEST(DecodePng, IgnoresChunksThatDoNotMakePixels) {
  const Image plain = accepted(decode_rgb(small_png("")));
  const std::string rotated("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0", 26);
  EXPECT_EQ(accepted(decode_rgb(small_png(png_chunk("gAMA", big_endian(10000))))), plain);
  EXPECT_EQ(accepted(decode_rgb(small_png(png_chunk("tRNS", std::string("\0\xFF\0\0\0\0", 6))))),
            plain);
  EXPECT_EQ(accepted(decode_rgb(small_png(png_chunk("eXIf", rotated)))), plain);
  EXPECT_EQ(accepted(decode_rgb(small_png(png_chunk("acTL", big_endian(3) + big_endian(0))))),
            plain);
  EXPECT_EQ(accepted(decode_rgb(small_png("", png_chunk("tEXt", std::string("Comment\0x", 9))))),
            plain);
}

TEST(DecodePng, IgnoresWhatFollowsTheEnd) {
  Bytes png = small_png("");
  png.resize(png.size() + 100);
  EXPECT_EQ(accepted(decode_rgb(png)), accepted(decode_rgb(small_png(""))));
}

TEST(DecodePng, RefusesAnUnknownCriticalChunk) {
  EXPECT_REFUSED(decode_rgb(small_png(png_chunk("ABCD", "x"))), "unknown critical chunk 'ABCD'");
}

TEST(DecodePng, RefusesChunksOutOfOrder) {
  const std::string pixels = png_pixels(kRgbRows), text = png_chunk("tEXt", "x");
  EXPECT_REFUSED(decode_rgb(small_png("", text + pixels)), "do not follow each other");
  EXPECT_REFUSED(decode_rgb(small_png("", png_chunk("PLTE", "abc"))),
                 "palette is in the wrong place");
  EXPECT_REFUSED(decode_rgb(small_png(png_header(2, 2, 8, 2))), "unknown critical chunk 'IHDR'");
  EXPECT_REFUSED(decode_rgb(bytes_of(png_signature() + pixels + png_end())), "does not start with");
  EXPECT_REFUSED(decode_rgb(bytes_of(png_signature() + png_header(2, 2, 8, 2) + png_end())),
                 "no pixels");
  EXPECT_REFUSED(
      decode_rgb(bytes_of(png_signature() + png_header(2, 2, 8, 3) + pixels + png_end())),
      "no palette");
}

TEST(DecodePng, RefusesAPixelBombByItsHeader) {
  const Bytes bomb =
      bytes_of(png_signature() + png_header(60000, 60000, 8, 2) + png_pixels("x") + png_end());
  EXPECT_REFUSED(decode_rgb(bomb), "60000x60000 pixels, at most 64000000");
  EXPECT_REFUSED(decode_depth(bomb), "60000x60000 pixels, at most 64000000");
  EXPECT_REFUSED(decode_rgb(small_png(""), {.max_pixels = 3}), "2x2 pixels, at most 3");
  EXPECT_EQ(reason(decode_rgb(small_png(""), {.max_pixels = 4})), "");
}

TEST(DecodePng, ExpandsOneBitGreyAndPalettesAndDropsAlpha) {
  const auto first_pixels = [](const std::string& file) {
    const Decoded decoded = decode_rgb(bytes_of(png_signature() + file + png_end()));
    if (!std::holds_alternative<Image>(decoded)) return reason(decoded);
    return std::string(reinterpret_cast<const char*>(std::get<Image>(decoded).u8()), 6);
  };
  EXPECT_EQ(first_pixels(png_header(2, 1, 1, 0) + png_pixels(std::string("\0\x40", 2))),
            std::string("\0\0\0\xFF\xFF\xFF", 6));
  EXPECT_EQ(first_pixels(png_header(2, 1, 2, 3) + png_chunk("PLTE", "abcdef") +
                         png_chunk("tRNS", std::string("\x01\0", 2)) +
                         png_pixels(std::string("\0\x40", 2))),
            "defabc");
  EXPECT_EQ(first_pixels(png_header(2, 1, 8, 6) + png_pixels(std::string("\0abc\x7F"
                                                                         "def\0",
                                                                         9))),
            "abcdef");
}

TEST(DecodeRgb, RefusesSixteenBitDepth) {
  EXPECT_REFUSED(decode_rgb(encode_png(patterned_depth(4, 4))), "16-bit grey: a depth image");
}

TEST(DecodeDepth, KeepsSixteenBitsWhateverElseTheFileHolds) {
  const std::string rows("\0\x11\x95\0\0", 5);  // 4501 and 0 millimetres
  const Decoded decoded = decode_depth(bytes_of(png_signature() + png_header(2, 1, 16, 0) +
                                                png_chunk("tRNS", std::string("\0\0", 2)) +
                                                png_pixels(rows) + png_end()));
  const Image& image = std::get<Image>(decoded);
  EXPECT_EQ(image.channels, 1u);
  EXPECT_EQ(image.sample_bytes, 2u);
  EXPECT_EQ(image.u16()[0], 4501);
  EXPECT_EQ(image.u16()[1], 0);
}

TEST(DecodeDepth, TakesAColouringAsItIs) {
  const Image colouring = patterned(20, 30, 3);
  EXPECT_EQ(accepted(decode_depth(encode_png(colouring))), colouring);
}

TEST(DecodeDepth, RefusesAMaskAndSixteenBitColour) {
  EXPECT_REFUSED(decode_depth(bytes_of(png_signature() + png_header(1, 1, 1, 0) +
                                       png_pixels(std::string(2, '\0')) + png_end())),
                 "1-bit grey: a mask");
  EXPECT_REFUSED(decode_depth(bytes_of(png_signature() + png_header(1, 1, 16, 2) +
                                       png_pixels(std::string(7, '\0')) + png_end())),
                 "16-bit RGB");
}

// Two pixels of 2 bits each in a palette of `colours`: colours 1 and 3.
Bytes palette_png(std::size_t colours) {
  return bytes_of(png_signature() + png_header(2, 1, 2, 3) +
                  png_chunk("PLTE", std::string("\1\2\3\4\5\6\7\10\11\12\13\14", 3 * colours)) +
                  png_pixels(std::string("\0\x70", 2)) + png_end());
}

TEST(Decode, RefusesAColourBeyondThePalette) {
  EXPECT_EQ(accepted(decode_rgb(palette_png(4))).bytes, bytes_of("\4\5\6\12\13\14"));
  EXPECT_REFUSED(decode_rgb(palette_png(3)), "row 0, column 1 has colour 3 of a palette of 3");
  EXPECT_REFUSED(decode_depth(palette_png(1)), "row 0, column 0 has colour 1 of a palette of 1");
}

TEST(Decode, RefusesWhatIsNoImage) {
  EXPECT_REFUSED(decode_rgb({}), "empty file");
  EXPECT_REFUSED(decode_rgb(bytes_of("GOF89a")), "it starts with the bytes 47 4f 46 38");
  EXPECT_REFUSED(decode_rgb(bytes_of("\x89PNG\n\x1A\n\0")), "damaged signature");
}

TEST(Decode, GivesTheSamePixelsInEveryThread) {
  const Image image = patterned(61, 67, 3);
  const Bytes png = encode_png(image);
  std::vector<int> equal(8);
  std::vector<std::thread> threads;
  for (int& count : equal) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) count += std::get<Image>(decode_rgb(png)) == image;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(equal, std::vector<int>(8, 20));
}

}  // namespace
}  // namespace rod::image
