// Archives that are odd, and what is said of them.
#include <gtest/gtest.h>

#include <functional>

#include "archive/archive_reader.h"
#include "base/error.h"
#include "io/file.h"
#include "tests/archive/made_archive.h"
#include "tests/archive/tar_bytes.h"
#include "tests/temporary_folder.h"

namespace rod::archive {
namespace {

struct Seen {
  std::vector<std::pair<std::string, std::string>> files;
  std::vector<std::string> warnings;
  std::string refused;  // why
};

Seen look_at(const std::string& bytes, const ArchiveOptions& options = {}) {
  const TemporaryFolder folder;
  put_file(folder / "a", bytes);
  Seen seen;
  try {
    ArchiveReader reader(folder / "a", options);
    while (const auto entry = reader.next()) {
      std::string content(entry->size, '?');
      content.resize(reader.read(std::as_writable_bytes(std::span(content))));
      std::byte beyond[1];
      EXPECT_EQ(reader.read(beyond), 0u);
      seen.files.emplace_back(entry->path, content);
    }
    seen.warnings = reader.warnings();
  } catch (const Error& error) {
    seen.refused = error.what();
  }
  return seen;
}

void expect_refused(const std::string& bytes, const std::string& words) {
  const Seen seen = look_at(bytes);
  EXPECT_NE(seen.refused.find(words), std::string::npos) << words << ": " << seen.refused;
}

using Files = std::vector<std::pair<std::string, std::string>>;

TEST(ArchiveKinds, ASparseFileThatIsOneHoleIsZeros) {
  const std::string zeros(700'000, '\0');
  TarBytes old_gnu, pax_0_0, pax_0_1, pax_1_0;
  old_gnu.sparse_file("h", zeros.size(), zeros.size(), "");
  const std::string size = std::to_string(zeros.size());
  pax_0_0
      .pax({{"GNU.sparse.size", size},
            {"GNU.sparse.numblocks", "1"},
            {"GNU.sparse.offset", size},
            {"GNU.sparse.numbytes", "0"}})
      .header("h", '0', 0);
  pax_0_1
      .pax({{"GNU.sparse.size", size},
            {"GNU.sparse.numblocks", "1"},
            {"GNU.sparse.map", size + ",0"},
            {"GNU.sparse.name", "h"}})
      .header("GNUSparseFile.0/h", '0', 0);
  pax_1_0
      .pax({{"GNU.sparse.major", "1"},
            {"GNU.sparse.minor", "0"},
            {"GNU.sparse.name", "h"},
            {"GNU.sparse.realsize", size}})
      .header("GNUSparseFile.0/h", '0', 512)
      .data("1\n" + size + "\n0\n");
  for (const TarBytes& tar : {old_gnu, pax_0_0, pax_0_1, pax_1_0}) {
    EXPECT_EQ(look_at(TarBytes(tar).file("b", "2").finish()).files,
              (Files{{"h", zeros}, {"b", "2"}}));
  }
}

TEST(ArchiveKinds, ASparseMapMustFitItsSizeAndData) {
  expect_refused(TarBytes().sparse_file("s", 100, 512, "abc").finish(), "does not fit its size");
  for (const char* map : {"0,3,2,3", "5,3,0,3", "0,7", "0,5", "0", "x,1"}) {
    expect_refused(TarBytes()
                       .pax({{"GNU.sparse.size", "20"}, {"GNU.sparse.map", map}})
                       .header("s", '0', 6)
                       .data("abcdef")
                       .finish(),
                   "sparse file");
  }
}

TEST(ArchiveKinds, AGnuHeadersRealSizeIsForSparseFilesAlone) {
  std::string bytes =
      TarBytes().sparse_file("s", 2176, 0, std::string(14, 'x')).file("b", "2").finish();
  bytes[156] = '0';  // no sparse file after all
  bytes[148 + 4] = '\0';
  unsigned sum = 0;
  for (std::size_t at = 0; at < 512; ++at)
    sum += at >= 148 && at < 156 ? ' ' : static_cast<unsigned char>(bytes[at]);
  bytes.replace(148, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  EXPECT_EQ(look_at(bytes).files, (Files{{"s", std::string(14, 'x')}, {"b", "2"}}));
}

TEST(ArchiveKinds, ArchivesThatClaimNothingAreRefused) {
  expect_refused(std::string(1024, '\0'), "holds no entries");
  expect_refused(std::string(10240, '\0') + "something", "holds no entries");
  expect_refused(std::string("PK\5\6", 4) + std::string(18, '\0'), "holds no entries");
  expect_refused(std::string("7z\xBC\xAF\x27\x1C\0\4", 8) + std::string(24, '\0'), "first header");
}

TEST(ArchiveKinds, WhatFollowsAnEndMarkIsToldAndReadOnIfAskedFor) {
  const std::string first = TarBytes().file("a", "1").finish(),
                    second = TarBytes().file("b", "2").finish();
  expect_refused(first + second, "--concatenated");
  expect_refused(std::string(1024, '\0') + second, "--concatenated");
  EXPECT_EQ(look_at(first + second, {.concatenated = true}).files, (Files{{"a", "1"}, {"b", "2"}}));
  const Seen junk = look_at(first + "some words");
  EXPECT_EQ(junk.files, (Files{{"a", "1"}}));
  ASSERT_EQ(junk.warnings.size(), 1u);
  EXPECT_NE(junk.warnings[0].find("follows the end mark"), std::string::npos);
}

TEST(ArchiveKinds, OthersAreNamed) {
  expect_refused(std::string("Rar!\x1A\x07\0 a zip in it PK\3\4", 24), "RAR");
  expect_refused("070701" + std::string(600, '0'), "cpio");
  expect_refused("!<arch>\ndebian-binary", "ar archive");
  expect_refused("\x1F\x9D\x90 something", "compress (.Z)");
  expect_refused(TarBytes().header("m", 'M', 5).data("later").finish(), "multi-volume");
}

TEST(ArchiveKinds, PartsOfSeveralAreNamedWithTheCommandThatJoinsThem) {
  const TemporaryFolder folder;
  for (const auto& [name, command] : std::vector<std::pair<std::string, std::string>>{
           {"a.7z.002", "a.7z'.??? > '"}, {"a.z01", "zip -s 0 '"}, {"a.zip", ""}}) {
    io::write_file(folder / name, "neither the first nor the last of them");
    try {
      ArchiveReader reader(folder / name);
      FAIL() << name;
    } catch (const BadInput& error) {
      const std::string what = error.what();
      EXPECT_EQ(what.find("one part of several") != what.npos, !command.empty()) << what;
      EXPECT_NE(what.find(command), what.npos) << what;
    }
  }
}

// Readers disagree about an entry that its attributes alone call a folder.
TEST(ArchiveKinds, AZipsFolderIsNamedWithASlash) {
  const TemporaryFolder folder;
  for (const bool slash : {false, true}) {
    make_archive(folder / "a.zip", "zip", "", {{slash ? "d/" : "d", ""}, {"f", "1"}});
    std::string bytes = io::read_file(folder / "a.zip");
    const std::size_t record = bytes.find("PK\1\2");
    ASSERT_NE(record, bytes.npos);
    for (const char kind : {'\x41', '\x81'}) {  // S_IFDIR, S_IFREG, 0755
      bytes.replace(record + 40, 2, std::string("\xED") + kind);
      if (!slash && kind == '\x41') {
        expect_refused(bytes, "calls 'd' a folder, its name a file");
      } else {
        EXPECT_EQ(look_at(bytes).files, (Files{{slash ? "d/" : "d", ""}, {"f", "1"}}));
      }
    }
  }
}

TEST(ArchiveKinds, NamesInAnotherEncodingAreReadWhenItIsNamed) {
  const std::string tar = TarBytes().file("\xD6\xD0\xCE\xC4/\xC4\xE3.png", "1").finish();
  EXPECT_EQ(look_at(tar, {.name_encoding = "GBK"}).files,
            (Files{{"\xE4\xB8\xAD\xE6\x96\x87/\xE4\xBD\xA0.png", "1"}}));
  EXPECT_EQ(look_at(tar).files, (Files{{"\xD6\xD0\xCE\xC4/\xC4\xE3.png", "1"}}));
  EXPECT_NE(look_at(tar, {.name_encoding = "no such"}).refused.find("iconv -l"), std::string::npos);
}

}  // namespace
}  // namespace rod::archive
