// Cut and flipped images by the thousand: refused, or the very pixels. See tests/tries.h.
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "base/random.h"
#include "image/decode.h"
#include "image/png.h"
#include "image_files.h"
#include "tests/tries.h"

namespace rod::image {
namespace {

// Smooth, with some noise: all filters and tables of an encoder are used.
Image picture(std::uint32_t side, std::uint32_t channels, std::uint32_t sample_bytes,
              std::uint64_t seed) {
  Image image(side, side + 5, channels, sample_bytes);
  Random random(seed, 0, 0);
  for (std::size_t i = 0; i < image.bytes.size(); ++i) {
    image.bytes[i] = static_cast<std::byte>(i / 3 % 200 + (i % 11 == 0 ? random.below(40) : 0));
  }
  return image;
}

Bytes jpeg_of(const Image& image, bool progressive) {
  const cv::Mat pixels(static_cast<int>(image.height), static_cast<int>(image.width),
                       image.channels == 3 ? CV_8UC3 : CV_8UC1,
                       const_cast<std::byte*>(image.bytes.data()));
  std::vector<unsigned char> file;
  cv::imencode(".jpg", pixels, file, {cv::IMWRITE_JPEG_PROGRESSIVE, progressive});
  const auto bytes = std::as_bytes(std::span(file));
  return {bytes.begin(), bytes.end()};
}

std::uint64_t all_tries() {
  return tries(300, 10'000);
}

struct Counts {
  std::uint64_t refused = 0, same = 0, other = 0;
};

// `file` damaged once more for each try.
template <typename Damage>
Counts try_damage(const std::vector<Bytes>& files, std::uint64_t stream, Damage damage) {
  Counts counts;
  const std::uint64_t seed = tries_seed(), all = all_tries();
  for (std::uint64_t n = 0; n < all; ++n) {
    Random random(seed, stream, n);
    const Bytes& whole = files[random.below(static_cast<std::uint32_t>(files.size()))];
    const Decoded expected = decode_depth(whole);
    const Decoded found = decode_depth(damage(whole, random));
    if (std::holds_alternative<Reject>(found)) {
      ++counts.refused;
    } else if (std::get<Image>(found) == std::get<Image>(expected)) {
      ++counts.same;
    } else {
      ++counts.other;
    }
  }
  std::printf("%llu tries (ROD_SEED=%llu): %llu refused, %llu gave the same pixels, %llu others\n",
              static_cast<unsigned long long>(all), static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(counts.refused),
              static_cast<unsigned long long>(counts.same),
              static_cast<unsigned long long>(counts.other));
  return counts;
}

Bytes cut(const Bytes& file, Random& random) {
  return {file.begin(), file.begin() + random.below(static_cast<std::uint32_t>(file.size()))};
}

Bytes flipped(Bytes file, Random& random) {
  for (std::uint32_t flips = 1 + random.below(3); flips > 0; --flips) {
    file[random.below(static_cast<std::uint32_t>(file.size()))] ^= std::byte(1 << random.below(8));
  }
  return file;
}

std::vector<Bytes> pngs() {
  return {encode_png(picture(40, 3, 1, 1)), encode_png(picture(40, 1, 2, 2)),
          encode_png(picture(13, 3, 1, 3), 0)};
}

std::vector<Bytes> jpegs() {
  return {jpeg_of(picture(40, 3, 1, 4), false), jpeg_of(picture(40, 3, 1, 5), true),
          jpeg_of(picture(40, 1, 1, 6), false)};
}

TEST(DamagedImages, PngsThatAreCutAreRefused) {
  EXPECT_EQ(try_damage(pngs(), 1, cut).refused, all_tries());
}

TEST(DamagedImages, PngsWithFlippedBitsNeverGiveOtherPixels) {
  EXPECT_EQ(try_damage(pngs(), 2, flipped).other, 0u);
}

TEST(DamagedImages, JpegsThatAreCutAreRefused) {
  EXPECT_EQ(try_damage(jpegs(), 3, cut).refused, all_tries());
}

// A JPEG has no checksum: of most flips only a hash of the source tells. None may crash or hang.
TEST(DamagedImages, JpegsWithFlippedBitsAreSurvived) {
  const Counts counts = try_damage(jpegs(), 4, flipped);
  EXPECT_EQ(counts.refused + counts.same + counts.other, all_tries());
  EXPECT_GT(counts.refused, all_tries() / 4) << "damaged codes are refused, not guessed around";
}

}  // namespace
}  // namespace rod::image
