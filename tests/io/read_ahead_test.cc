#include "io/read_ahead.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>

#include "base/error.h"
#include "io/file_hash.h"
#include "io/sha256.h"
#include "memory_file.h"

namespace rod::io {
namespace {

constexpr std::size_t kTestBlock = 1000;

std::vector<std::byte> some_bytes(std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(i * 2654435761u >> 13);
  return bytes;
}

// Counts what is read of it; fails where it is told to.
class Distant final : public RandomAccessFile {
 public:
  explicit Distant(std::size_t count) : bytes(some_bytes(count)) {}
  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return bytes.size(); }
  std::size_t read_at(std::span<std::byte> out, std::uint64_t offset) const override {
    const std::lock_guard lock(mutex);
    reads.emplace_back(offset, out.size());
    std::uint64_t here = offset;
    if (fails_at.compare_exchange_strong(here, UINT64_MAX)) throw BadInput("it fails");
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
    return out.size();
  }

  const std::vector<std::byte> bytes;
  mutable std::atomic<std::uint64_t> fails_at{UINT64_MAX};
  mutable std::mutex mutex;
  mutable std::vector<std::pair<std::uint64_t, std::size_t>> reads;

 private:
  const std::string name_ = "distant";
};

std::shared_ptr<const RandomAccessFile> ahead(const std::shared_ptr<Distant>& file,
                                              bool keep = false, std::uint64_t limit = UINT64_MAX) {
  ReadAhead options{.block = kTestBlock, .connections = 3, .blocks = 5};
  options.keep = {.limit = limit, .keep_free = 0};
  if (keep) options.keep_if = [](const RandomAccessFile&) { return true; };
  return with_read_ahead([&](const StopCheck&) { return file; }, options);
}

void expect_equal(const RandomAccessFile& file, const Distant& distant, std::uint64_t offset,
                  std::size_t count) {
  std::vector<std::byte> out(count);
  const std::size_t got = file.read_at(out, offset);
  ASSERT_EQ(got, std::min<std::uint64_t>(count, distant.size() - offset));
  ASSERT_TRUE(std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(got),
                         distant.bytes.begin() + static_cast<std::ptrdiff_t>(offset)));
}

TEST(ReadAhead, ASequenceIsReadInBlocksEachOnce) {
  const auto distant = std::make_shared<Distant>(10 * kTestBlock + 17);
  const auto file = ahead(distant);
  for (std::uint64_t at = 0; at < distant->size(); at += 130)
    expect_equal(*file, *distant, at, 100);
  std::multiset<std::uint64_t> blocks;
  for (const auto& [offset, bytes] : distant->reads) {
    if (bytes >= 17 && offset % kTestBlock == 0 && bytes != 100) blocks.insert(offset);
  }
  EXPECT_EQ(blocks.size(), 11u);
  EXPECT_EQ(std::set<std::uint64_t>(blocks.begin(), blocks.end()).size(), 11u);
}

TEST(ReadAhead, SequencesBesideEachOtherAreFollowed) {
  const auto distant = std::make_shared<Distant>(20 * kTestBlock);
  const auto file = ahead(distant);
  for (std::uint64_t at = 0; at + 50 < 10 * kTestBlock; at += 50) {
    expect_equal(*file, *distant, at, 50);
    expect_equal(*file, *distant, 10 * kTestBlock + at, 50);
  }
  EXPECT_LE(distant->reads.size(), 30u);
}

TEST(ReadAhead, AReadThatContinuesNothingAsksForItsOwnBytes) {
  const auto distant = std::make_shared<Distant>(20 * kTestBlock);
  const auto file = ahead(distant);
  for (const std::uint64_t at : {19'000, 3'000, 11'500, 7'200})
    expect_equal(*file, *distant, at, 30);
  ASSERT_EQ(distant->reads.size(), 4u);
  for (const auto& [offset, bytes] : distant->reads) EXPECT_EQ(bytes, 30u);
}

TEST(ReadAhead, WhatIsKeptIsNotReadAgain) {
  const auto distant = std::make_shared<Distant>(20 * kTestBlock);
  const auto file = ahead(distant, true);
  for (std::uint64_t at = 0; at < distant->size(); at += 500)
    expect_equal(*file, *distant, at, 500);
  const std::size_t before = distant->reads.size();
  for (std::uint64_t at = 1000; at < 19'000; at += 37)
    expect_equal(*file, *distant, at * 7919 % 19'000, 40);
  EXPECT_EQ(distant->reads.size(), before);
}

TEST(ReadAhead, WhatHasNoRoomIsReadAgain) {
  const auto distant = std::make_shared<Distant>(20 * kTestBlock);
  const auto file = ahead(distant, true, 5 * kTestBlock);
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t at = 0; at < distant->size(); at += 500)
      expect_equal(*file, *distant, at, 500);
  }
}

TEST(ReadAhead, AFailureIsTheReadersAndPasses) {
  const auto distant = std::make_shared<Distant>(20 * kTestBlock);
  const auto file = ahead(distant);
  distant->fails_at = 7 * kTestBlock;
  unsigned failures = 0;
  for (std::uint64_t at = 0; at < distant->size();) {
    std::vector<std::byte> out(100);
    try {
      file->read_at(out, at);
      expect_equal(*file, *distant, at, 100);
      at += 100;
    } catch (const BadInput&) {
      EXPECT_EQ(at, 7 * kTestBlock);
      ++failures;
    }
  }
  EXPECT_EQ(failures, 1u);
}

TEST(CheckedFile, TheHashIsTakenOfWhatIsReadAndOfTheRest) {
  const auto distant = std::make_shared<Distant>(5000);
  const std::string right = sha256_hex(distant->bytes);
  for (const bool reads : {false, true}) {
    const CheckedFile fine = with_sha256(distant, right);
    if (reads) {
      expect_equal(*fine.file, *distant, 0, 10);
      expect_equal(*fine.file, *distant, 700, 300);
      expect_equal(*fine.file, *distant, 20, 300);
    }
    EXPECT_NO_THROW(fine.check());
    EXPECT_NO_THROW(fine.check());
    EXPECT_THROW(with_sha256(distant, std::string(64, '0')).check(), BadInput);
  }
  EXPECT_THROW(with_sha256(distant, "abc"), Error);
}

}  // namespace
}  // namespace rod::io
