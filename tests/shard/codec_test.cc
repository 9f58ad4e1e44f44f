// The zstd codec: lossless for any pixels, the same bytes for the same pixels, unharmed by hostile
// bytes.
#include "shard/codec.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "shard/row_filter.h"
#include "tests/shard/fixture.h"

namespace rod::shard {
namespace {

using fixture::Bytes;

Bytes noise(std::size_t size, std::uint32_t below, std::uint64_t seed) {
  Random random(seed, 0, 0);
  Bytes bytes(size);
  for (std::byte& value : bytes) value = std::byte(random.below(below));
  return bytes;
}

StoredImage shape(const Bytes& pixels, std::uint32_t rows, unsigned pixel_bytes) {
  return {rows, static_cast<std::uint32_t>(pixels.size() / rows / pixel_bytes), pixel_bytes};
}

Bytes encoded(const Bytes& pixels, std::uint32_t rows, unsigned pixel_bytes) {
  Bytes out;
  Codec::kZstd->make_encoder({})->encode(pixels, shape(pixels, rows, pixel_bytes), out);
  return out;
}

bool decode(ImageDecoder& decoder, std::span<const std::byte> stored, std::uint32_t rows,
            unsigned pixel_bytes, Bytes& back) {
  return decoder.decode(stored, shape(back, rows, pixel_bytes), back);
}

bool decode(std::span<const std::byte> stored, std::uint32_t rows, unsigned pixel_bytes,
            Bytes& back) {
  return decode(*Codec::kZstd->make_decoder(), stored, rows, pixel_bytes, back);
}

void expect_round_trip(const Bytes& pixels, std::uint32_t rows, unsigned pixel_bytes) {
  const Bytes stored = encoded(pixels, rows, pixel_bytes);
  EXPECT_LE(stored.size(), Codec::kZstd->bound(shape(pixels, rows, pixel_bytes)));
  Bytes back(pixels.size());
  ASSERT_TRUE(decode(stored, rows, pixel_bytes, back));
  EXPECT_EQ(back, pixels);
}

TEST(ZstdCodec, GivesBackTheSamePixelsForEverySmallShape) {
  for (std::uint32_t rows = 1; rows <= 9; ++rows) {
    for (std::uint32_t columns = 1; columns <= 9; ++columns) {
      for (const unsigned pixel_bytes : {2u, 3u}) {
        const std::size_t size = std::size_t{rows} * columns * pixel_bytes;
        for (const std::uint32_t below : {1u, 2u, 256u}) {
          expect_round_trip(noise(size, below, rows * 10 + columns), rows, pixel_bytes);
        }
      }
    }
  }
}

TEST(ZstdCodec, GivesBackRampsNoiseAndFlatAreas) {
  for (const DepthKind kind : {DepthKind::kColour, DepthKind::kRaw16}) {
    const PixelFormat pixels{64, 48, kind};
    for (std::uint64_t sample = 0; sample < 3; ++sample) {
      expect_round_trip(fixture::rgb(sample, pixels), 64, 3);
      expect_round_trip(fixture::depth(sample, pixels), 64, kind == DepthKind::kColour ? 3 : 2);
    }
  }
}

TEST(ZstdCodec, AppendsAndCounts) {
  const Bytes pixels = noise(12 * 3, 256, 1);
  Bytes out = {std::byte{7}};
  const std::size_t count =
      Codec::kZstd->make_encoder({})->encode(pixels, shape(pixels, 4, 3), out);
  ASSERT_EQ(out.size(), count + 1);
  EXPECT_EQ(out[0], std::byte{7});
  EXPECT_EQ(Bytes(out.begin() + 1, out.end()), encoded(pixels, 4, 3));
}

TEST(ZstdCodec, DoesNotRememberEarlierImages) {
  const PixelFormat pixels{32, 32, DepthKind::kRaw16};
  const auto encoder = Codec::kZstd->make_encoder({});
  const auto decoder = Codec::kZstd->make_decoder();
  Bytes ignored, again;
  encoder->encode(noise(300, 256, 2), {10, 10, 3}, ignored);
  encoder->encode(fixture::depth(1, pixels), {32, 32, 2}, ignored);
  encoder->encode(fixture::rgb(0, pixels), {32, 32, 3}, again);
  EXPECT_EQ(again, encoded(fixture::rgb(0, pixels), 32, 3));
  Bytes back(pixels.rgb_bytes());
  ASSERT_TRUE(decode(*decoder, again, 32, 3, back));
  EXPECT_EQ(back, fixture::rgb(0, pixels));
}

TEST(ZstdCodec, StoresASmoothImageInATenthOfItsSize) {
  const PixelFormat pixels{256, 256, DepthKind::kColour};
  EXPECT_LT(encoded(fixture::rgb(0, pixels), 256, 3).size(), pixels.rgb_bytes() / 10);
}

TEST(ZstdCodec, RefusesAnImageOfAnotherSize) {
  const Bytes stored = encoded(noise(10 * 8 * 3, 256, 3), 10, 3);
  Bytes smaller(10 * 7 * 3), larger(10 * 9 * 3), fewer_rows(9 * 8 * 3);
  EXPECT_FALSE(decode(stored, 10, 3, smaller));
  EXPECT_FALSE(decode(stored, 10, 3, larger));
  EXPECT_FALSE(decode(stored, 9, 3, fewer_rows));
}

TEST(ZstdCodec, RefusesEveryCut) {
  const Bytes stored = encoded(fixture::rgb(1, {8, 8}), 8, 3);
  Bytes back(8 * 8 * 3);
  for (std::size_t size = 0; size < stored.size(); ++size) {
    EXPECT_FALSE(decode(std::span(stored).first(size), 8, 3, back)) << size;
  }
}

TEST(ZstdCodec, RefusesAnythingAfterTheFrame) {
  Bytes stored = encoded(fixture::rgb(0, {8, 8}), 8, 3);
  Bytes back(8 * 8 * 3);
  Bytes twice = stored;
  twice.insert(twice.end(), stored.begin(), stored.end());
  EXPECT_FALSE(decode(twice, 8, 3, back));
  stored.push_back(std::byte{0});
  EXPECT_FALSE(decode(stored, 8, 3, back));
}

TEST(ZstdCodec, SurvivesEveryFlippedBit) {
  const auto decoder = Codec::kZstd->make_decoder();
  for (std::uint64_t sample = 0; sample < 3; ++sample) {
    const Bytes pixels = fixture::rgb(sample, {12, 12});
    Bytes stored = encoded(pixels, 12, 3), back(pixels.size());
    for (std::size_t bit = 0; bit < 8 * stored.size(); ++bit) {
      stored[bit / 8] ^= std::byte(1 << bit % 8);
      decode(*decoder, stored, 12, 3,
             back);  // may be taken for other pixels: a sample's hash tells
      stored[bit / 8] ^= std::byte(1 << bit % 8);
    }
    ASSERT_TRUE(decode(*decoder, stored, 12, 3, back));
    EXPECT_EQ(back, pixels);
  }
}

template <typename T>
void expect_all_filters_invert(std::size_t columns) {
  const std::size_t samples = columns * kChannels<T>;
  Random random(1, 2, columns);
  std::vector<T> up_up(samples), up(samples), row(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    up_up[i] = static_cast<T>(random.bits());
    up[i] = static_cast<T>(random.bits());
    row[i] = static_cast<T>(random.bits());
  }
  for (unsigned number = 0; number < RowFilter::kCount; ++number) {
    const RowFilter filter = RowFilter::from_number(number);
    EXPECT_EQ(filter.number(), number);
    // By the definition: differences along y, then along x.
    std::vector<T> residual(samples);
    for (std::size_t i = 0; i < samples; ++i) {
      residual[i] = static_cast<T>(filter.y == 1 ? row[i] - up[i] : row[i] - 2 * up[i] + up_up[i]);
    }
    for (unsigned order = 0; order < filter.x; ++order) {
      for (std::size_t i = samples; i-- > kChannels<T>;) {
        residual[i] = static_cast<T>(residual[i] - residual[i - kChannels<T>]);
      }
    }
    for (const auto restore : {restore_row<T>, restore_row_portably<T>}) {
      std::vector<T> back(samples);
      restore(filter, residual.data(), up.data(), up_up.data(), samples, back.data());
      EXPECT_EQ(back, row) << number << ", " << columns << " columns";
    }
  }
}

TEST(RowFilter, RestoresWhatItsDefinitionMakesWithAndWithoutVectors) {
  for (std::size_t columns = 1; columns <= 70; ++columns) {
    expect_all_filters_invert<std::uint8_t>(columns);
    expect_all_filters_invert<std::uint16_t>(columns);
  }
}

TEST(RowFilter, ChoosesTheOneThatLeavesNothing) {
  std::vector<std::uint8_t> scratch, residual(12);
  const auto chosen = [&](const std::vector<std::uint8_t>& row, const std::vector<std::uint8_t>& up,
                          const std::vector<std::uint8_t>& up_up) {
    const FilteredRow filtered =
        filter_row(row.data(), up.data(), up_up.data(), row.size(), scratch, residual.data());
    EXPECT_EQ(filtered.magnitude, 0u);
    EXPECT_EQ(residual, std::vector<std::uint8_t>(12, 0));
    return filtered.filter.number();
  };
  const std::vector<std::uint8_t> one = {9, 1, 7, 3, 8, 2, 6, 6, 1, 200, 4, 5};
  std::vector<std::uint8_t> two = one, three = one;
  for (std::size_t i = 0; i < one.size(); ++i) {
    two[i] = static_cast<std::uint8_t>(2 * one[i]);
    three[i] = static_cast<std::uint8_t>(3 * one[i]);
  }
  EXPECT_EQ(chosen(one, one, two), (RowFilter{0, 1}.number()));
  EXPECT_EQ(chosen(three, two, one), (RowFilter{0, 2}.number()));
}

}  // namespace
}  // namespace rod::shard
