// Shards: what goes in comes out, and each way a shard can be wrong is refused or names the sample.
#include <gtest/gtest.h>

#include <stdexcept>

#include "base/hash.h"
#include "shard/safetensors.h"
#include "shard/shard_reader.h"
#include "shard/shard_writer.h"
#include "tests/shard/fixture.h"
#include "tests/temporary_folder.h"
#include "tests/tries.h"

namespace rod::shard {
namespace {

using fixture::Bytes;
using fixture::depth_format;
using fixture::error_of;
using fixture::rgb_format;
using fixture::size_of;

constexpr const char* kFile = "ROD/00003.safetensors";

struct Form {
  Codec codec;
  PixelFormat pixels;
};

constexpr Form kForms[] = {{Codec::kRaw, {5, 4, DepthKind::kColour}},
                           {Codec::kRaw, {5, 4, DepthKind::kRaw16}},
                           {Codec::kZstd, {5, 4, DepthKind::kColour}},
                           {Codec::kZstd, {5, 4, DepthKind::kRaw16}},
                           {Codec::kRaw, {5, 4, DepthKind::kNone}},
                           {Codec::kZstd, {5, 4, DepthKind::kNone}},
                           {Codec::kRaw, {0, 0, DepthKind::kColour}},
                           {Codec::kRaw, {0, 0, DepthKind::kRaw16}},
                           {Codec::kRaw, {0, 0, DepthKind::kNone}},
                           {Codec::kZstd, {0, 0, DepthKind::kColour}},
                           {Codec::kZstd, {0, 0, DepthKind::kRaw16}},
                           {Codec::kZstd, {0, 0, DepthKind::kNone}},
                           {Codec::kRaw, {5, 4, DepthKind::kColour, true}},
                           {Codec::kZstd, {5, 4, DepthKind::kRaw16, true}},
                           {Codec::kRaw, {0, 0, DepthKind::kRaw16, true}},
                           {Codec::kZstd, {0, 0, DepthKind::kColour, true}}};

void PrintTo(const Form& form, std::ostream* out) {
  *out << codec_name(form.codec) << "_" << depth_kind_name(form.pixels.depth)
       << (form.pixels.has_rgb() ? "" : "_alone") << (form.pixels.ragged() ? "_ragged" : "");
}

class Shard : public testing::TestWithParam<Form> {
 protected:
  static constexpr std::uint64_t kSamples = 3;

  ShardInfo write(const Metadata& metadata = {}) {
    RecordEncoder encoder(GetParam().pixels, GetParam().codec);
    ShardWriter writer(GetParam().pixels, GetParam().codec, metadata);
    for (std::uint64_t n = 0; n < kSamples; ++n) {
      writer.add(encoder.encode(
          fixture::key(n), fixture::label(n), fixture::rgb(n, rgb_format(n, GetParam().pixels)),
          fixture::depth(n, depth_format(n, GetParam().pixels)), size_of(n, GetParam().pixels)));
    }
    return writer.publish(folder_.path(), kFile);
  }
  ShardReader open() const { return {folder_ / kFile, GetParam().pixels, GetParam().codec}; }
  std::string text() const { return fixture::read_text(folder_ / kFile); }
  void set_text(const std::string& text) const { fixture::write_text(folder_ / kFile, text); }

  // Reads all samples with their hashes checked; false where the pixels are not the written ones.
  bool reads_what_was_written(const ShardReader& reader) const {
    const PixelFormat& pixels = GetParam().pixels;
    ReadScratch scratch;
    bool same = reader.samples() == kSamples;
    for (std::uint64_t n = 0; n < reader.samples(); ++n) {
      Bytes rgb(PixelFormat::rgb_bytes(reader.size(n))), depth(pixels.depth_bytes(reader.size(n)));
      reader.read(n, rgb, depth, scratch, true);
      same = same && reader.size(n) == size_of(n, pixels) &&
             rgb == fixture::rgb(n, rgb_format(n, pixels)) &&
             depth == fixture::depth(n, depth_format(n, pixels)) &&
             reader.key(n) == fixture::key(n) && reader.label(n) == fixture::label(n);
    }
    return same;
  }
  std::uint64_t payload_offset() const {
    const std::string bytes = text();
    return parse_safetensors(std::as_bytes(std::span(bytes)), bytes.size(), "").payload_offset;
  }

  TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Forms, Shard, testing::ValuesIn(kForms),
                         testing::PrintToStringParamName());

TEST_P(Shard, GivesBackEverySample) {
  write({{"source", "a note"}});
  const ShardReader reader = open();
  EXPECT_TRUE(reads_what_was_written(reader));
  EXPECT_EQ(reader.metadata().at("source"), "a note");
  EXPECT_EQ(reader.file_name(), kFile);
}

TEST_P(Shard, IsDescribedAsItIsOnDisk) {
  const ShardInfo info = write();
  const std::string bytes = text();
  EXPECT_EQ(info.file, kFile);
  EXPECT_EQ(info.samples, kSamples);
  EXPECT_EQ(info.bytes, bytes.size());
  EXPECT_EQ(info.hash, hash128(std::as_bytes(std::span(bytes))));
}

TEST_P(Shard, HasTheSameBytesEachTime) {
  write();
  const std::string first = text();
  write();
  EXPECT_EQ(text(), first);
}

TEST_P(Shard, AlignsEveryTensorToItsNumbers) {
  write();
  const SafetensorsFile file(folder_ / kFile);
  for (const auto& [name, view] : file.tensors()) {
    EXPECT_EQ(view.offset % dtype_bytes(view.dtype), 0u) << name;
  }
  EXPECT_EQ(payload_offset() % 64, 0u);
}

TEST_P(Shard, IsRefusedOrUnchangedWithAnyBitOfTheHeaderFlipped) {
  write();
  const std::uint64_t header = payload_offset();
  for (std::uint64_t bit = 0; bit < 8 * header; ++bit) {
    fixture::flip_bit(folder_ / kFile, bit);
    const std::string message =
        error_of([&] { EXPECT_TRUE(reads_what_was_written(open())) << "bit " << bit; });
    EXPECT_TRUE(message.empty() || message.substr(0, 2) == "3 ") << message;
    fixture::flip_bit(folder_ / kFile, bit);
  }
  tell(8 * header, "flipped bits");
}

TEST_P(Shard, IsRefusedOrNamesTheSampleWithAnyBitOfThePayloadFlipped) {
  write();
  const std::uint64_t bits = 8 * text().size();
  for (std::uint64_t bit = 8 * payload_offset(); bit < bits; ++bit) {
    fixture::flip_bit(folder_ / kFile, bit);
    const std::string message = error_of([&] {
      // Equal pixels from other stored bytes are no damage: zstd's frame header has such bits.
      EXPECT_TRUE(reads_what_was_written(open())) << "bit " << bit;
    });
    if (message.empty()) {
      EXPECT_EQ(GetParam().codec, Codec::kZstd) << "bit " << bit;
    } else {
      EXPECT_EQ(message.substr(0, 2), "3 ");
      EXPECT_NE(message.find(kFile), message.npos) << message;
    }
    fixture::flip_bit(folder_ / kFile, bit);
  }
  tell(bits - 8 * payload_offset(), "flipped bits");
}

TEST_P(Shard, NamesTheSampleWhoseHashDiffers) {
  write();
  std::string bytes = text();
  const SafetensorsFile file(folder_ / kFile);
  const std::string name = GetParam().pixels.has_rgb() ? "rgb" : "depth";
  const TensorView& images = file.tensors().at(name);
  bytes[images.offset + images.bytes - 1] ^= 1;  // of the last sample
  set_text(bytes);
  const ShardReader reader = open();
  ReadScratch scratch;
  const auto read = [&](std::uint64_t n) {
    Bytes rgb(PixelFormat::rgb_bytes(reader.size(n)));
    Bytes depth(GetParam().pixels.depth_bytes(reader.size(n)));
    reader.read(n, rgb, depth, scratch, true);
  };
  read(1);
  const std::string message = error_of([&] { read(2); });
  EXPECT_NE(message.find("sample 2 (apple/a_2.png): its " + name + " "), message.npos) << message;
}

TEST_P(Shard, IsRefusedWhereverItIsCut) {
  write();
  const std::size_t whole = text().size();
  for (std::size_t size = whole; size-- > 0;) {
    std::filesystem::resize_file(folder_ / kFile, size);
    EXPECT_THROW(open(), BadInput) << size;
  }
  tell(whole, "cuts");
}

TEST_P(Shard, IsRefusedWhenBytesFollow) {
  write();
  set_text(text() + '\0');
  EXPECT_THROW(open(), BadInput);
}

TEST_P(Shard, NamesFileAndSampleWhenItShrinksAfterItWasOpened) {
  write();
  const ShardReader reader = open();
  std::filesystem::resize_file(folder_ / kFile, payload_offset());
  ReadScratch scratch;
  Bytes rgb(PixelFormat::rgb_bytes(reader.size(1)));
  Bytes depth(GetParam().pixels.depth_bytes(reader.size(1)));
  const std::string message = error_of([&] { reader.read(1, rgb, depth, scratch, false); });
  EXPECT_EQ(message[0], '3');
  EXPECT_NE(message.find(kFile), message.npos);
  EXPECT_NE(message.find("sample 1 (apple/a_1.png)"), message.npos) << message;
}

TEST_P(Shard, IsRefusedAsAnythingElse) {
  write();
  for (const Form& form : kForms) {
    if (form.codec == GetParam().codec && form.pixels == GetParam().pixels) continue;
    EXPECT_THROW(ShardReader(folder_ / kFile, form.pixels, form.codec), BadInput);
  }
  PixelFormat higher = GetParam().pixels;
  ++higher.height;
  EXPECT_THROW(ShardReader(folder_ / kFile, higher, GetParam().codec), BadInput);
}

TEST(ShardWriter, RefusesAnEmptyShardAndAnOddName) {
  const TemporaryFolder folder;
  const PixelFormat pixels{2, 2};
  ShardWriter writer(pixels, Codec::kRaw, {});
  EXPECT_THROW(writer.publish(folder.path(), kFile), std::invalid_argument);
  writer.add(RecordEncoder(pixels, Codec::kRaw)
                 .encode("k", 0, fixture::rgb(0, pixels), fixture::depth(0, pixels)));
  EXPECT_THROW(writer.publish(folder.path(), "../00000.safetensors"), BadInput);
}

TEST(RecordEncoder, RefusesPixelsOfAnotherSize) {
  const PixelFormat pixels{2, 2};
  EXPECT_THROW(RecordEncoder(pixels, Codec::kRaw).encode("k", 0, Bytes(11), Bytes(12)),
               std::invalid_argument);
}

// Hostile writers: sizes that would make a reader allocate at will.
TEST(ShardReader, RefusesSizesThatNoImageHas) {
  const TemporaryFolder folder;
  const PixelFormat pixels{0, 0, DepthKind::kColour};
  RecordEncoder encoder(pixels, Codec::kRaw);
  const EncodedRecord record = encoder.encode("k", 0, Bytes(12), Bytes(12), {2, 2, 2, 2});
  const auto error_with = [&](const PairSize& size) {
    EncodedRecord changed = record;
    changed.size = size;
    ShardWriter writer(pixels, Codec::kRaw, {});
    writer.add(changed);
    writer.publish(folder.path(), kFile);
    return error_of([&] { ShardReader(folder / kFile, pixels, Codec::kRaw); });
  };
  EXPECT_EQ(error_with({2, 2, 2, 2}), "");
  EXPECT_NE(error_with({0, 2, 2, 2}).find("sample 0 has images of 0x2"), std::string::npos);
  EXPECT_NE(error_with({2, 2, 2, 16385}).find("sample 0 has images"), std::string::npos);
  EXPECT_NE(error_with({16384, 16384, 2, 2}).find("sample 0 has images"), std::string::npos);
  EXPECT_NE(error_with({2, 3, 2, 2}).find("which its size does not allow"), std::string::npos);
  EXPECT_NE(error_with({1, 2, 2, 2}).find("'rgb_offsets' does not ascend"), std::string::npos);
}

TEST(ShardReader, RefusesMillimetresAsJpeg) {
  EXPECT_THROW(RecordEncoder({2, 2, DepthKind::kRaw16}, fixture::kJpeg), BadInput);
}

// A shard whose parts disagree although its fingerprint is right: made by a hostile writer.
TEST(ShardReader, RefusesOffsetsThatDoNotAscend) {
  const TemporaryFolder folder;
  const PixelFormat pixels{2, 2};
  RecordEncoder encoder(pixels, Codec::kZstd);
  const EncodedRecord record =
      encoder.encode("k", 0, fixture::rgb(0, pixels), fixture::depth(0, pixels));
  EncodedRecord negative = record;
  negative.label = -1;
  ShardWriter writer(pixels, Codec::kZstd, {});
  writer.add(negative);
  writer.publish(folder.path(), kFile);
  EXPECT_NE(error_of([&] {
              ShardReader(folder / kFile, pixels, Codec::kZstd);
            }).find("a label is negative"),
            std::string::npos);

  EncodedRecord huge = record;
  huge.rgb.resize(Codec::kZstd->bound(rgb_image(pixels.size())) + 1);
  ShardWriter other(pixels, Codec::kZstd, {});
  other.add(huge);
  other.publish(folder.path(), kFile);
  EXPECT_NE(error_of([&] {
              ShardReader(folder / kFile, pixels, Codec::kZstd);
            }).find("'rgb_offsets' does not ascend"),
            std::string::npos);
}

}  // namespace
}  // namespace rod::shard
