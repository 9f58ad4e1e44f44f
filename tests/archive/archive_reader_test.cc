#include "archive/archive_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include "base/error.h"
#include "io/file.h"
#include "tests/archive/tar_bytes.h"
#include "tests/temporary_folder.h"

namespace rod::archive {
namespace {

std::string text_of(std::span<const std::byte> bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::string read_all(ArchiveReader& reader) {
  std::array<std::byte, 700> piece;
  std::string text;
  while (const std::size_t got = reader.read(piece)) text += text_of(std::span(piece).first(got));
  return text;
}

std::string why_bad(const std::function<void()>& action) {
  try {
    action();
  } catch (const BadInput& error) {
    return error.what();
  }
  ADD_FAILURE() << "no BadInput was thrown";
  return "";
}

// Reads every header and all data.
std::size_t entries_in(const std::filesystem::path& path) {
  ArchiveReader reader(path);
  std::size_t count = 0;
  for (; reader.next(); ++count) read_all(reader);
  return count;
}

const std::string kLongName = std::string(90, 'a') + "/" + std::string(120, 'b') + "/c.png";

TarBytes one_of_each() {
  TarBytes tar;
  tar.folder("d/").file("d/plain", "hello").file("empty", "").file("block", std::string(512, 'x'));
  tar.gnu_long_name(kLongName).file("cut off", "long name");
  tar.pax({{"path", "pax/" + kLongName}}).file("short", "pax name");
  tar.pax({{"size", "13"}}).header("paxsize", '0', 0).data("size by PAX 1");
  tar.base256_file("base256", "size in base 256");
  tar.file("large", std::string(3'000'000, 'z')).file("last", "end");
  return tar;
}

TEST(ArchiveReader, SaysWhereEachFileLiesInAPlainTar) {
  const TemporaryFolder folder;
  put_file(folder / "a.tar", one_of_each().finish());
  const io::File raw = io::File::open_read(folder / "a.tar");
  ArchiveReader reader(folder / "a.tar");
  EXPECT_TRUE(reader.is_plain_tar());
  std::size_t files = 0;
  while (const auto entry = reader.next()) {
    if (entry->type != EntryType::kFile) continue;
    ++files;
    ASSERT_TRUE(entry->data_offset) << entry->path;
    std::vector<std::byte> bytes(entry->size);
    raw.read_exactly(bytes, *entry->data_offset);
    EXPECT_EQ(text_of(bytes), read_all(reader)) << entry->path;
  }
  EXPECT_EQ(files, 9u);
}

TEST(ArchiveReader, GivesLongAndPaxNamesWhole) {
  const TemporaryFolder folder;
  put_file(folder / "a.tar", one_of_each().finish());
  ArchiveReader reader(folder / "a.tar");
  std::vector<std::string> names;
  while (const auto entry = reader.next()) names.push_back(entry->path);
  EXPECT_EQ(names,
            (std::vector<std::string>{"d/", "d/plain", "empty", "block", kLongName,
                                      "pax/" + kLongName, "paxsize", "base256", "large", "last"}));
}

TEST(ArchiveReader, GoesOnFromAnyEntrysPosition) {
  const TemporaryFolder folder;
  put_file(folder / "a.tar", one_of_each().finish());
  std::vector<std::pair<std::uint64_t, std::string>> places;
  ArchiveReader whole(folder / "a.tar");
  while (const auto entry = whole.next()) places.emplace_back(entry->position, entry->path);
  for (const auto& [position, path] : places) {
    ArchiveReader reader(folder / "a.tar", {.start = position});
    const auto entry = reader.next();
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->path, path);
    EXPECT_EQ(entry->position, position);
    if (path == "large") {
      EXPECT_EQ(read_all(reader).size(), 3'000'000u);
    }
    while (reader.next()) continue;
  }
}

TEST(ArchiveReader, SeeksOverDataThatNobodyReads) {
  const TemporaryFolder folder;
  TarBytes tar;
  for (int i = 0; i < 40; ++i) tar.file(std::to_string(i), std::string(1 << 20, 'x'));
  put_file(folder / "a.tar", tar.finish());
  ArchiveReader reader(folder / "a.tar");
  while (reader.next()) continue;
  EXPECT_LT(reader.bytes_read(), reader.source_bytes() / 100);
}

TEST(ArchiveReader, RefusesATarCutAnywhereButAtAnEntrysEndAndWarnsThere) {
  const TemporaryFolder folder;
  TarBytes tar;
  std::vector<std::size_t> ends;  // of entries: there it is whole, as far as anybody can tell
  ends.push_back(tar.file("a", "1").size());
  ends.push_back(tar.gnu_long_name(kLongName).file("x", std::string(600, 'y')).size());
  ends.push_back(tar.pax({{"path", kLongName + "2"}}).file("z", "3").size());
  ends.push_back(tar.folder("e").size());
  const std::size_t mark = tar.size();
  const std::string bytes = tar.finish();
  for (std::size_t cut = 0; cut < mark; cut += 256) {
    put_file(folder / "a.tar", bytes.substr(0, cut));
    if (const auto whole = std::find(ends.begin(), ends.end(), cut); whole != ends.end()) {
      ArchiveReader reader(folder / "a.tar");
      std::ptrdiff_t count = 0;
      for (; reader.next(); ++count) read_all(reader);
      EXPECT_EQ(count, whole - ends.begin() + 1) << cut;
      EXPECT_EQ(reader.warnings().size(), 1u) << cut;
    } else {
      EXPECT_THROW(entries_in(folder / "a.tar"), BadInput) << cut;
    }
  }
  put_file(folder / "a.tar", bytes);
  EXPECT_EQ(entries_in(folder / "a.tar"), 4u);
}

TEST(ArchiveReader, RefusesACutTarAlsoWhenDataIsSkipped) {
  const TemporaryFolder folder;
  put_file(folder / "a.tar",
           TarBytes().file("a", std::string(5000, 'x')).unfinished().substr(0, 3000));
  EXPECT_THROW(
      {
        ArchiveReader reader(folder / "a.tar");
        while (reader.next()) continue;
      },
      BadInput);
}

TEST(ArchiveReader, RefusesEveryFlippedByteOfAHeader) {
  const TemporaryFolder folder;
  const std::string bytes = TarBytes().file("first", "1").file("second", "22").finish();
  for (std::size_t at = 0; at < 512; ++at) {
    if (at >= 148 && at < 156) continue;  // the checksum's own field has several spellings
    for (const std::size_t header : {0, 1024}) {
      std::string damaged = bytes;
      damaged[header + at] = static_cast<char>(damaged[header + at] ^ 0x10);
      put_file(folder / "a.tar", damaged);
      EXPECT_THROW(entries_in(folder / "a.tar"), BadInput) << header + at;
    }
  }
}

TEST(ArchiveReader, NamesArchiveEntryAndOffsetOfDamage) {
  const TemporaryFolder folder;
  std::string bytes = TarBytes().file("first", "1").file("second", "22").finish();
  bytes[1024 + 5] = 'X';
  put_file(folder / "a.tar", bytes);
  const std::string why = why_bad([&] { entries_in(folder / "a.tar"); });
  EXPECT_NE(why.find((folder / "a.tar").string()), std::string::npos) << why;
  EXPECT_NE(why.find("1024"), std::string::npos) << why;
  EXPECT_NE(why.find("first"), std::string::npos) << why;
}

TEST(ArchiveReader, SaysWhenAFileIsNoArchive) {
  const TemporaryFolder folder;
  for (const std::string& content :
       {std::string(), std::string("some text\n"), std::string("\xFF\xD8\xFF\xE0JFIF", 8),
        std::string(5000, 'x'), std::string("#mtree\n./a type=file\n")}) {
    put_file(folder / "a", content);
    EXPECT_NE(why_bad([&] { ArchiveReader reader(folder / "a"); }).find("not an archive"),
              std::string::npos);
  }
}

TEST(ArchiveReader, TellsAFolderAndAMissingFileFromAnArchive) {
  const TemporaryFolder folder;
  for (const auto& path : {folder.path(), folder / "none"}) {
    try {
      ArchiveReader reader(path);
      FAIL() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
      EXPECT_EQ(std::string(error.what()).find("not an archive"), std::string::npos)
          << error.what();
    }
  }
}

TEST(ArchiveReader, KeepsNamesByteForByteInAnyLocale) {
  const TemporaryFolder folder;
  const std::string composed = "caf\xC3\xA9.png", decomposed = "cafe\xCC\x81.png",
                    latin1 = "caf\xE9.png";
  TarBytes tar;
  tar.file(composed, "1").file(decomposed, "2").file(latin1, "3");
  tar.pax({{"path", "p/" + composed}})
      .file("x", "4")
      .pax({{"path", "p/" + decomposed}})
      .file("x", "5");
  put_file(folder / "a.tar", tar.finish());
  ArchiveReader reader(folder / "a.tar");
  std::vector<std::string> names;
  while (const auto entry = reader.next()) names.push_back(entry->path);
  EXPECT_EQ(names, (std::vector<std::string>{composed, decomposed, latin1, "p/" + composed,
                                             "p/" + decomposed}));
}

TEST(ArchiveReader, TellsLinksAndSpecialFilesApart) {
  const TemporaryFolder folder;
  TarBytes tar;
  tar.link('2', "s", "/etc/passwd")
      .link('1', "h", "/etc/passwd")
      .header("f", '6', 0)
      .header("c", '3', 0)
      .header("b", '4', 0);
  put_file(folder / "a.tar", tar.finish());
  ArchiveReader reader(folder / "a.tar");
  std::vector<EntryType> types;
  while (const auto entry = reader.next()) types.push_back(entry->type);
  EXPECT_EQ(types,
            (std::vector<EntryType>{EntryType::kSymlink, EntryType::kHardlink, EntryType::kSpecial,
                                    EntryType::kSpecial, EntryType::kSpecial}));
}

TEST(ArchiveReader, GivesNoOffsetForASparseFile) {
  const TemporaryFolder folder;
  put_file(folder / "a.tar",
           TarBytes().sparse_file("s", 100'000, 512, std::string(512, 'q')).finish());
  ArchiveReader reader(folder / "a.tar");
  const auto entry = reader.next();
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->size, 100'000u);
  EXPECT_FALSE(entry->data_offset);
  const std::string text = read_all(reader);
  EXPECT_EQ(text.size(), 100'000u);
  EXPECT_EQ(text.substr(512, 512), std::string(512, 'q'));
}

TEST(ArchiveReader, RefusesASizeBeyondTheArchive) {
  const TemporaryFolder folder;
  for (const std::uint64_t size :
       {std::uint64_t{1} << 20, std::uint64_t{1} << 40, ~std::uint64_t{0} >> 1}) {
    put_file(folder / "a.tar", TarBytes().header("a", '0', size).data("x").finish());
    EXPECT_THROW(entries_in(folder / "a.tar"), BadInput) << size;
  }
}

TEST(ArchiveReader, DoesNotCallAFailingReadDamage) {
  // The first page of a process is never mapped, so reading it gives EIO.
  try {
    ArchiveReader reader("/proc/self/mem");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailed) << error.what();
  }
}

}  // namespace
}  // namespace rod::archive
