// The container: what is written can be read, and each way a header can be wrong is refused.
#include "shard/safetensors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <tuple>

#include "base/error.h"
#include "io/file.h"
#include "shard/safetensors_file.h"
#include "tests/shard/fixture.h"
#include "tests/shard/hostile_headers.h"
#include "tests/temporary_folder.h"

namespace rod::shard {
namespace {

SafetensorsHeader parse(const std::string& bytes) {
  return parse_safetensors(std::as_bytes(std::span(bytes)), bytes.size(), "x.safetensors");
}

TEST(Safetensors, GivesBackWhatWasWritten) {
  const TemporaryFolder folder;
  const std::array<std::int64_t, 3> numbers = {-1, 0, 1};
  const std::string letters = "abcdef";
  const std::vector<TensorData> tensors = {
      {"numbers", Dtype::kI64, {3}, std::as_bytes(std::span(numbers))},
      {"letters", Dtype::kU8, {2, 3}, std::as_bytes(std::span(letters))},
      {"empty", Dtype::kF32, {0, 7}, {}},
      {"scalar", Dtype::kU8, {}, std::as_bytes(std::span(letters)).first(1)}};
  const Metadata metadata = {{"quote \" and \\", "line\nbreak"}, {"umlaut", "ü"}};
  write_safetensors(folder / "a.safetensors", tensors, metadata);

  const SafetensorsFile file(folder / "a.safetensors");
  EXPECT_EQ(file.metadata(), metadata);
  EXPECT_EQ(file.tensors().size(), 4u);
  EXPECT_EQ(file.read_all<std::int64_t>(file.tensor("numbers", Dtype::kI64, 1)),
            std::vector<std::int64_t>(numbers.begin(), numbers.end()));
  const auto read = file.read_all<char>(file.tensor("letters", Dtype::kU8, 2));
  EXPECT_EQ(std::string(read.begin(), read.end()), letters);
  EXPECT_EQ(file.tensor("empty", Dtype::kF32, 2).bytes, 0u);
  EXPECT_EQ(file.tensor("scalar", Dtype::kU8, 0).bytes, 1u);
}

TEST(Safetensors, StartsThePayloadAtAMultipleOf64) {
  for (std::size_t length = 0; length < 130; ++length) {
    const std::string header = safetensors_header({}, {{"k", std::string(length, 'x')}});
    EXPECT_EQ(header.size() % 64, 0u);
    EXPECT_EQ(parse(header).payload_offset, header.size());
  }
}

// Whatever one bit of a header or one cut does to a file, each tensor has the dtype, shape and
// place that it had, or the file is refused. The format has no checksum: what shows a changed name,
// text or value is the reader's business (Shard's tests, PretrainedTest). ROD_LONG=1 flips all
// bits.
TEST(Safetensors, IsWholeOrRefused) {
  const std::string file = io::read_file(std::string(ROD_GOLDEN) + "/dtypes.safetensors");
  using Tensor = std::tuple<std::uint64_t, Dtype, std::vector<std::uint64_t>, std::uint64_t>;
  const auto tensors = [](const std::string& bytes) -> std::optional<std::vector<Tensor>> {
    try {
      std::vector<Tensor> all;
      for (const auto& [name, view] : parse(bytes).tensors)
        all.emplace_back(view.offset, view.dtype, view.shape, view.bytes);
      std::sort(all.begin(), all.end());
      return all;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kBadInput) << error.what();
      return std::nullopt;
    }
  };
  const auto whole = tensors(file);
  ASSERT_TRUE(whole);
  const char* const setting = std::getenv("ROD_LONG");
  const std::size_t step = setting != nullptr && setting[0] == '1' ? 1 : 5;
  std::size_t flips = 0, accepted = 0;
  for (std::size_t bit = step / 2; bit < parse(file).payload_offset * 8; bit += step, ++flips) {
    std::string damaged = file;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << (bit % 8));
    const auto read = tensors(damaged);
    accepted += read ? 1 : 0;
    if (read) {
      EXPECT_EQ(*read, *whole) << "bit " << bit % 8 << " of byte " << bit / 8;
    }
  }
  for (std::size_t size = 0; size < file.size(); ++size)
    EXPECT_FALSE(tensors(file.substr(0, size))) << size;
  std::printf("%zu flipped bits: %zu refused, %zu read as before; %zu cuts: all refused\n", flips,
              flips - accepted, accepted, file.size());
}

TEST(Safetensors, WritesTheSameBytesForTheSameTensors) {
  const std::string data = "abcd";
  const std::vector<TensorData> tensors = {{"t", Dtype::kU8, {4}, std::as_bytes(std::span(data))}};
  EXPECT_EQ(safetensors_header(tensors, {{"b", "1"}, {"a", "2"}}),
            safetensors_header(tensors, {{"a", "2"}, {"b", "1"}}));
}

TEST(Safetensors, RefusesToWriteWhatNobodyCouldRead) {
  const std::string data = "abcd";
  const auto bytes = std::as_bytes(std::span(data));
  const auto header = [](const std::vector<TensorData>& tensors, const Metadata& metadata = {}) {
    return safetensors_header(tensors, metadata);
  };
  EXPECT_THROW(header({{"t", Dtype::kU8, {5}, bytes}}), std::invalid_argument);
  EXPECT_THROW(header({{"t", Dtype::kU8, {4}, bytes}, {"t", Dtype::kU8, {4}, bytes}}),
               std::invalid_argument);
  EXPECT_THROW(header({{"__metadata__", Dtype::kU8, {4}, bytes}}), std::invalid_argument);
  EXPECT_THROW(header({}, {{"k", "\xff"}}), std::invalid_argument);
}

TEST(Safetensors, KnowsEveryDtypeByName) {
  for (int i = 0; i <= static_cast<int>(Dtype::kBool); ++i) {
    const auto dtype = static_cast<Dtype>(i);
    EXPECT_EQ(dtype_from_name(dtype_name(dtype)), dtype);
  }
  EXPECT_EQ(dtype_from_name("F8_E4M3"), std::nullopt);
  EXPECT_EQ(dtype_bytes(Dtype::kBF16), 2u);
}

class SafetensorsRefuses : public testing::TestWithParam<fixture::HostileHeader> {};

TEST_P(SafetensorsRefuses, TheHeader) {
  const std::string bytes = fixture::safetensors_bytes(GetParam().json, GetParam().payload);
  const std::string message = fixture::error_of([&] { parse(bytes); });
  EXPECT_EQ(message.substr(0, 15), "3 x.safetensors") << message;
  EXPECT_NE(message.find(GetParam().says), message.npos) << message;
}

INSTANTIATE_TEST_SUITE_P(Rules, SafetensorsRefuses, testing::ValuesIn(fixture::hostile_headers()),
                         testing::PrintToStringParamName());

TEST(Safetensors, RefusesAHeaderLengthBeforeAllocatingIt) {
  for (const std::uint64_t length : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{100'000'001},
                                     std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    std::array<std::byte, 8> first;
    std::memcpy(first.data(), &length, 8);
    EXPECT_THROW(safetensors_prefix_bytes(first, std::uint64_t{1} << 40, "x"), BadInput) << length;
  }
  std::array<std::byte, 8> first{std::byte{100}};
  EXPECT_THROW(safetensors_prefix_bytes(first, 107, "x"), BadInput);
  EXPECT_EQ(safetensors_prefix_bytes(first, 108, "x"), 108u);
}

TEST(SafetensorsFile, RefusesFilesShorterThanTheirHeader) {
  const TemporaryFolder folder;
  const std::string whole =
      fixture::safetensors_bytes(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 4);
  fixture::write_text(folder / "cut", whole);
  for (std::size_t size = whole.size(); size-- > 0;) {
    std::filesystem::resize_file(folder / "cut", size);
    EXPECT_THROW(SafetensorsFile(folder / "cut"), BadInput) << size;
  }
  EXPECT_THROW(SafetensorsFile(folder / "missing"), Error);
  EXPECT_THROW(SafetensorsFile(folder.path()), Error);
}

TEST(SafetensorsFile, NamesTheTensorThatIsMissingOrOfAnotherType) {
  const TemporaryFolder folder;
  write_safetensors(folder / "a", {}, {});
  const SafetensorsFile none(folder / "a");
  EXPECT_NE(
      fixture::error_of([&] { none.tensor("label", Dtype::kI64, 1); }).find("no tensor 'label'"),
      std::string::npos);
  const std::string data = "abcd";
  write_safetensors(folder / "b",
                    std::vector<TensorData>{{"t", Dtype::kU8, {4}, std::as_bytes(std::span(data))}},
                    {});
  const SafetensorsFile one(folder / "b");
  EXPECT_NE(fixture::error_of([&] {
              one.tensor("t", Dtype::kI8, 2);
            }).find("U8 of rank 1, expected I8 of rank 2"),
            std::string::npos);
}

}  // namespace
}  // namespace rod::shard
