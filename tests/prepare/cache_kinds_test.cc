// What a data set may be besides pairs of one size: RGB alone, own sizes, JPEG, normals made of
// millimetres.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "base/crc32.h"
#include "base/hash.h"
#include "image/decode.h"
#include "image/depth.h"
#include "image/geometry.h"
#include "image/png.h"
#include "io/file.h"
#include "prepare/preview.h"
#include "prepare/verify.h"
#include "shard/split_reader.h"
#include "tests/prepare/cache_fixture.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;

class CacheKinds : public CacheFixture {
 protected:
  void write_image(const std::string& path, const image::Image& image) {
    io::make_folders((folder_ / path).parent_path());
    const std::vector<std::byte> png = image::encode_png(image);
    std::ofstream(folder_ / path, std::ios::binary)
        .write(reinterpret_cast<const char*>(png.data()), static_cast<std::streamsize>(png.size()));
  }

  // Made, opened, read with hashes checked: what readers get.
  std::pair<image::Image, image::Image> read(const std::string& name, const std::string& split,
                                             std::uint64_t n) {
    const shard::Manifest manifest = shard::read_manifest(folder_ / name);
    const shard::SplitReader reader(folder_ / name, manifest, split);
    const shard::PairSize size = reader.size(n);
    const bool millimetres = manifest.pixels.depth == shard::DepthKind::kRaw16;
    image::Image rgb(size.rgb_height, size.rgb_width, 3, 1);
    image::Image depth(size.depth_height, size.depth_width, millimetres ? 1 : 3,
                       millimetres ? 2 : 1);
    shard::ReadScratch scratch;
    reader.read(n, rgb.bytes, depth.bytes, scratch);
    return {std::move(rgb), std::move(depth)};
  }
};

TEST_F(CacheKinds, TakesFoldersOfRgbAlone) {
  for (const char* file : {"cat/1.png", "cat/2.png", "dog/3.png"}) {
    write_image(std::string("source/") + file, noise(20, 24, 3, 1, file[4]));
  }
  for (const shard::Codec codec : {shard::Codec::kRaw, shard::Codec::kZstd}) {
    CacheOptions options = options_for(shard::codec_name(codec));
    options.codec = codec;
    const CacheReport report = cache(options);
    EXPECT_EQ(report.manifest.pixels.depth, shard::DepthKind::kNone);
    EXPECT_EQ(report.manifest.classes, (std::vector<std::string>{"cat", "dog"}));
    EXPECT_TRUE(report.manifest.split("all").depth_mean.empty());
    EXPECT_EQ(read(shard::codec_name(codec), "all", 2).first,
              image::resize_bilinear(noise(20, 24, 3, 1, '3'), 16, 16));
    EXPECT_TRUE(verify(folder_ / shard::codec_name(codec), 1, true).bad.empty());
    PreviewOptions preview_options;
    preview_options.dataset = folder_ / shard::codec_name(codec);
    preview_options.picture = folder_ / "sheet.png";
    EXPECT_EQ(preview(preview_options).pairs, 3u);
    EXPECT_TRUE(cache(options).already_complete);
  }
  CacheOptions options = options_for("other");
  options.depth = DepthChoice::kRaw16;
  EXPECT_TRUE(says(error_of(options), "has no depth images"));
}

TEST_F(CacheKinds, NamesNoListWhereFoldersAreTheClasses) {
  write_image("source/cat/1.png", noise(20, 24, 3, 1, 1));
  write_image("source/dog/3.png", noise(20, 24, 3, 1, 3));
  std::ofstream(folder_ / "source/cat/2.png") << "GIF89a";
  const Error error = error_of(options_for("shards"));
  EXPECT_TRUE(says(error, "cat/2.png: GIF is not decoded")) << error.what();
  EXPECT_TRUE(says(error, "(pair 'cat/2.png'). Repair the source")) << error.what();
}

TEST_F(CacheKinds, KeepsEachImagesOwnSize) {
  for (int n = 0; n < 7; ++n) {
    const auto side = static_cast<std::uint32_t>(10 + 3 * n);
    write_image("source/a/" + std::to_string(n) + "_rgb.png", noise(side, side + 2, 3, 1, n));
    write_image("source/b/" + std::to_string(n) + "_rgb.png", noise(side + 1, side, 3, 1, n + 50));
    write_image("source/a/" + std::to_string(n) + "_depth.png",
                noise(side + 5, side, 1, 2, n + 100));
    write_image("source/b/" + std::to_string(n) + "_depth.png", noise(side, side, 1, 2, n + 150));
  }
  for (const shard::Codec codec : {shard::Codec::kRaw, shard::Codec::kZstd}) {
    const std::string name = shard::codec_name(codec);
    CacheOptions options = options_for(name);
    options.codec = codec;
    options.size = 0;
    options.shard_bytes = 20'000;
    const CacheReport report = cache(options);
    EXPECT_TRUE(report.manifest.pixels.ragged());
    EXPECT_GT(report.manifest.splits[0].shards.size(), 1u);
    const auto [rgb, depth] = read(name, "all", 3);
    EXPECT_EQ(rgb, noise(19, 21, 3, 1, 3));
    EXPECT_EQ(depth, noise(24, 19, 1, 2, 103));
    EXPECT_TRUE(verify(folder_ / name, 2, true).bad.empty());
    options.destination = folder_ / (name + "-again");
    options.jobs = 1;
    cache(options);
    EXPECT_EQ(folder_contents(folder_ / (name + "-again")), folder_contents(folder_ / name));
  }
}

TEST_F(CacheKinds, StoresJpegWithTheHashesAndMeansOfItsPixels) {
  write_source();
  CacheOptions options = options_for("out");
  options.codec = shard::codec_from_name("jpeg");
  try {
    cache(options);
  } catch (const Error& error) {
    if (says(error, "built without JPEG")) GTEST_SKIP() << error.what();
    throw;
  }
  EXPECT_TRUE(verify(folder_ / "out", 2, true).bad.empty());
  const shard::Manifest manifest = shard::read_manifest(folder_ / "out");
  double sum = 0;
  for (std::uint64_t n = 0; n < 5; ++n) {
    const image::Image depth = read("out", "synROD-test", n).second;
    for (std::size_t at = 2; at < depth.bytes.size(); at += 3) sum += depth.u8()[at] / 255.0;
  }
  EXPECT_NEAR(manifest.split("synROD-test").depth_mean.at(2), sum / (5 * 256), 1e-12);
  options.quality = 50;
  EXPECT_TRUE(says(error_of(options), "quality was 90, is now 50"));
  options = options_for("mm");
  options.codec = shard::codec_from_name("jpeg");
  source_ = SmallSource({11, 9, 5, 20, 24, true});
  write_source();
  EXPECT_TRUE(says(error_of(options), "16-bit depth does not fit into codec jpeg"));
}

TEST_F(CacheKinds, MakesNormalsOfMillimetres) {
  source_ = SmallSource({11, 9, 5, 20, 24, true});
  const std::string corner = "301,11\n";
  std::string path = SmallSource::rod_depth(4);
  path.replace(path.find("_depthcrop.png"), std::string::npos, "_loc.txt");
  source_.files()[path].assign(reinterpret_cast<const std::byte*>(corner.data()),
                               reinterpret_cast<const std::byte*>(corner.data()) + corner.size());
  write_source();
  CacheOptions options = options_for("out");
  options.depth = DepthChoice::kNormals;
  options.normals = image::parse_normals_recipe("zyx", "absolute", "570.3,570.3,320,240");
  cache(options);
  const auto expected = [&](unsigned n, const std::optional<image::CropCorner>& at) {
    const image::Image depth =
        std::get<image::Image>(image::decode_depth(source_.file(SmallSource::rod_depth(n))));
    return image::resize_bilinear(
        std::get<image::Image>(image::surface_normals(depth, options.normals, at)), 16, 16);
  };
  EXPECT_EQ(read("out", "ROD", 4).second, expected(4, image::CropCorner{300, 10}));
  EXPECT_EQ(read("out", "ROD", 5).second, expected(5, std::nullopt));
  options.normals = {};
  EXPECT_TRUE(says(error_of(options), "normals axes was \"zyx\", is now \"xyz\""));

  source_.files()[path].clear();
  write_source();
  CacheOptions other = options_for("other");
  other.depth = DepthChoice::kNormals;
  EXPECT_TRUE(says(error_of(other), "_loc.txt that is not `x,y`")) << error_of(other).what();
}

// The PNG with an eXIf chunk behind its header.
std::vector<std::byte> with_orientation(std::vector<std::byte> png, char orientation) {
  constexpr std::size_t kHeaderEnd = 8 + 25;
  std::string chunk("eXIfII*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 22);
  chunk += orientation + std::string(7, '\0');
  const std::uint32_t crc = crc32<kIso3309>(std::as_bytes(std::span(chunk)));
  for (int shift = 24; shift >= 0; shift -= 8) chunk += static_cast<char>(crc >> shift);
  chunk.insert(0, std::string("\0\0\0\x1A", 4));
  const auto bytes = std::as_bytes(std::span(chunk));
  png.insert(png.begin() + kHeaderEnd, bytes.begin(), bytes.end());
  return png;
}

TEST_F(CacheKinds, TurnsBothImagesByTheRgbFilesExifOrientationIfAsked) {
  const image::Image rgb = noise(20, 24, 3, 1, 1), depth = noise(20, 24, 3, 1, 2);
  source_.files()[SmallSource::rod_rgb(3)] = with_orientation(image::encode_png(rgb), 6);
  source_.files()[SmallSource::rod_depth(3)] = image::encode_png(depth);
  write_source();
  const CacheReport ignored = cache(options_for("ignored"));
  EXPECT_EQ(ignored.oriented, 1u);
  EXPECT_EQ(read("ignored", "ROD", 3).first, image::resize_bilinear(rgb, 16, 16));

  CacheOptions options = options_for("applied");
  options.apply_exif = true;
  EXPECT_EQ(cache(options).oriented, 1u);
  const auto [found_rgb, found_depth] = read("applied", "ROD", 3);
  EXPECT_EQ(found_rgb, image::resize_bilinear(image::upright(rgb, 6), 16, 16));
  EXPECT_EQ(found_depth, image::resize_bilinear(image::upright(depth, 6), 16, 16));
  EXPECT_EQ(read("applied", "ROD", 4), read("ignored", "ROD", 4));

  options.apply_exif = false;
  EXPECT_TRUE(says(error_of(options), "exif is gone")) << error_of(options).what();
  options.apply_exif = true;
  options.depth = DepthChoice::kNormals;
  EXPECT_TRUE(says(error_of(options), "--exif apply with --depth normals"));
}

TEST_F(CacheKinds, RefusesAPairWhoseExifOrientationsDiffer) {
  source_.files()[SmallSource::rod_rgb(3)] =
      with_orientation(image::encode_png(noise(20, 24, 3, 1, 1)), 6);
  source_.files()[SmallSource::rod_depth(3)] =
      with_orientation(image::encode_png(noise(20, 24, 3, 1, 2)), 3);
  write_source();
  CacheOptions options = options_for("out");
  EXPECT_EQ(cache(options).oriented, 1u);
  options = options_for("applied");
  options.apply_exif = true;
  EXPECT_TRUE(says(error_of(options), "has EXIF orientation 3, its RGB image 6"))
      << error_of(options).what();
}

TEST_F(CacheKinds, RefusesToMakeNormalsOfColourings) {
  write_source();
  CacheOptions options = options_for("out");
  options.depth = DepthChoice::kNormals;
  EXPECT_TRUE(says(error_of(options), "expected 16-bit depth to make normals of"));
}

}  // namespace
}  // namespace rod::prepare
