// Adding a codec touches three files: its own, the table, and the CMakeLists.txt beside it. This
// program is built with toy_codec.cc and the table of lib/shard with one entry more (see
// CMakeLists.txt here).
#include <gtest/gtest.h>

#include <algorithm>

#include "base/hash.h"
#include "shard/codec.h"
#include "shard/manifest.h"
#include "shard/shard_reader.h"
#include "tests/shard/fixture.h"
#include "tests/temporary_folder.h"

namespace rod::shard {
namespace {

using fixture::Bytes;

TEST(AddingACodec, MakesItKnownByName) {
  const Codec toy = codec_from_name("toy");
  EXPECT_STREQ(codec_name(toy), "toy");
  EXPECT_EQ(codecs().back(), toy);
  EXPECT_EQ(codec_names().back(), "toy");
  EXPECT_NE(fixture::error_of([] { codec_from_name("toad"); }).find("raw, zstd, jpeg or toy"),
            std::string::npos);
}

TEST(AddingACodec, MakesDataSetsOfItWritableAndReadable) {
  const TemporaryFolder folder;
  const Codec toy = codec_from_name("toy");
  for (const PixelFormat& pixels :
       {PixelFormat{6, 5}, PixelFormat{6, 5, DepthKind::kRaw16}, PixelFormat{0, 0}}) {
    const SplitInfo split = fixture::write_split(folder.path(), "ROD", pixels, toy, {3});
    const std::string text = format_manifest(fixture::manifest_of(pixels, toy, {split}));
    EXPECT_EQ(parse_manifest(text, "dataset.json").codec, toy);

    const ShardReader reader(folder / "ROD/00000.safetensors", pixels, toy);
    ReadScratch scratch;
    for (std::uint64_t n = 0; n < 3; ++n) {
      Bytes rgb(PixelFormat::rgb_bytes(reader.size(n))), depth(pixels.depth_bytes(reader.size(n)));
      reader.read(n, rgb, depth, scratch, /*verify=*/true);
      EXPECT_EQ(rgb, fixture::rgb(n, fixture::rgb_format(n, pixels)));
      EXPECT_EQ(depth, fixture::depth(n, fixture::depth_format(n, pixels)));
    }
  }
}

// The files of the project's programs that name the codec `jpeg`: a codec like the toy.
TEST(AddingACodec, TouchesThreeFiles) {
  std::vector<std::string> touched;
  const std::filesystem::path source = ROD_SOURCE_DIR;
  for (const char* folder : {"lib", "tools", "trainer"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source / folder)) {
      const std::string path = entry.path().lexically_relative(source).string();
      const auto extension = entry.path().extension();
      if (extension != ".cc" && extension != ".h" && entry.path().filename() != "CMakeLists.txt") {
        continue;
      }
      const std::string text = fixture::read_text(entry.path());
      for (const char* name : {"\"jpeg\"", "kJpegCodec", "jpeg_codec.cc"}) {
        if (text.find(name) == text.npos) continue;
        touched.push_back(path);
        break;
      }
    }
  }
  std::sort(touched.begin(), touched.end());
  EXPECT_EQ(touched,
            (std::vector<std::string>{"lib/shard/CMakeLists.txt", "lib/shard/codec_table.cc",
                                      "lib/shard/jpeg_codec.cc",
                                      // Only as its library is optional.
                                      "lib/shard/jpeg_codec_absent.cc"}));
}

}  // namespace
}  // namespace rod::shard
