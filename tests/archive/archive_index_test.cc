#include "archive/archive_index.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/archive/made_archive.h"
#include "tests/archive/tar_bytes.h"
#include "tests/temporary_folder.h"

namespace rod::archive {
namespace {

std::string content(const ArchiveIndex& index, const std::string& path) {
  std::vector<std::byte> bytes;
  index.read(*index.find(path), bytes);
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::string why_bad(const std::filesystem::path& path) {
  try {
    ArchiveIndex index(path);
  } catch (const BadInput& error) {
    return error.what();
  }
  ADD_FAILURE() << "no BadInput was thrown";
  return "";
}

TEST(ArchiveIndex, ReadsFilesInAnyOrder) {
  const TemporaryFolder folder;
  const std::string name = std::string(80, 'n') + "/" + std::string(80, 'm');
  put_file(folder / "a.tar", TarBytes()
                                 .file("./a", "first")
                                 .gnu_long_name(name)
                                 .file("x", "second")
                                 .file("e", "")
                                 .finish());
  const ArchiveIndex index(folder / "a.tar");
  EXPECT_EQ(index.files().size(), 3u);
  EXPECT_EQ(content(index, name), "second");
  EXPECT_EQ(content(index, "a"), "first");
  EXPECT_EQ(content(index, "e"), "");
}

TEST(ArchiveIndex, LeavesOutWhatIsUnsafe) {
  const TemporaryFolder folder;
  TarBytes tar;
  tar.file("../up", "1")
      .file("/abs", "2")
      .link('2', "link", "a")
      .link('1', "hard", "a")
      .folder("d")
      .file("a", "3");
  put_file(folder / "a.tar", tar.finish());
  const ArchiveIndex index(folder / "a.tar");
  EXPECT_EQ(index.files().size(), 1u);
  EXPECT_EQ(content(index, "a"), "3");
  ASSERT_EQ(index.refused().size(), 4u);
  EXPECT_EQ(index.refused()[0].first, "../up");
  EXPECT_NE(index.refused()[1].second.find("absolute"), std::string::npos);
  EXPECT_NE(index.refused()[2].second.find("symbolic link"), std::string::npos);
}

TEST(ArchiveIndex, RefusesDuplicates) {
  const TemporaryFolder folder;
  put_file(folder / "a.tar", TarBytes().file("a", "1").file("./a", "2").finish());
  EXPECT_NE(why_bad(folder / "a.tar").find("twice"), std::string::npos);
}

TEST(ArchiveIndex, UnpacksAnArchiveOfAnotherKindToATemporaryFile) {
  const TemporaryFolder folder;
  const std::string large(3'000'000, 'x');
  for (const ArchiveKind& kind : {ArchiveKind{"ustar", "gzip"}, ArchiveKind{"ustar", "zstd"},
                                  ArchiveKind{"zip", ""}, ArchiveKind{"7zip", ""}}) {
    make_archive(folder / "a", kind.format, kind.filter,
                 {{"a", "1"}, {"d/large", large}, {"e", ""}});
    const ArchiveIndex index(folder / "a", {.spool = {.folder = folder / "spool"}});
    EXPECT_EQ(index.files().size(), 3u);
    EXPECT_EQ(content(index, "d/large"), large) << kind.format << kind.filter;
    EXPECT_EQ(content(index, "a"), "1");
    EXPECT_EQ(content(index, "e"), "");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder / "spool"));
}

TEST(ArchiveIndex, SaysHowToUnpackWhatOutgrowsTheTemporaryFile) {
  const TemporaryFolder folder;
  make_archive(folder / "a", "ustar", "gzip", {{"a", std::string(70'000, 'x')}});
  for (const io::SpoolOptions& spool :
       {io::SpoolOptions{.limit = 60'000}, io::SpoolOptions{.keep_free = UINT64_MAX / 2}}) {
    try {
      ArchiveIndex(folder / "a", {.spool = spool});
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_EQ(error.kind(), ErrorKind::kNoRoom) << message;
      EXPECT_NE(message.find("rodprep extract"), std::string::npos) << message;
      EXPECT_NE(message.find("--spool"), std::string::npos) << message;
    }
  }
}

TEST(ArchiveIndex, ReadsNamesOfAnotherEncoding) {
  const TemporaryFolder folder;
  put_file(folder / "a.tar", TarBytes().file("\xC7\xF2/1", "1").finish());
  EXPECT_EQ(ArchiveIndex(folder / "a.tar").refused().size(), 1u);
  const ArchiveIndex index(folder / "a.tar", {.name_encoding = "GBK"});
  EXPECT_EQ(content(index, "\u7403/1"), "1");
}

TEST(ArchiveIndex, RefusesACutArchive) {
  const TemporaryFolder folder;
  const std::string bytes = TarBytes().file("a", "1").file("b", "2").unfinished();
  put_file(folder / "a.tar", bytes.substr(0, bytes.size() - 512));
  EXPECT_NE(why_bad(folder / "a.tar").find("ends within"), std::string::npos);
}

TEST(ArchiveIndex, WarnsOfAMissingEndMark) {
  const TemporaryFolder folder;
  put_file(folder / "a.tar", TarBytes().file("a", "1").file("b", "2").unfinished());
  const ArchiveIndex index(folder / "a.tar");
  EXPECT_EQ(index.files().size(), 2u);
  ASSERT_EQ(index.warnings().size(), 1u);
  EXPECT_NE(index.warnings()[0].find("without a tar's end mark"), std::string::npos);
}

TEST(ArchiveIndex, ReadsAHardLinkAsTheEarlierFile) {
  const TemporaryFolder folder;
  put_file(folder / "a.tar",
           TarBytes().file("d/a", "bytes").link('1', "b", "./d/a").link('1', "c", "b").finish());
  const ArchiveIndex index(folder / "a.tar");
  EXPECT_EQ(index.files().size(), 3u);
  EXPECT_EQ(content(index, "b"), "bytes");
  EXPECT_EQ(content(index, "c"), "bytes");
}

TEST(ArchiveIndex, ListsItsFilesInTheOrderOfTheirBytes) {
  const TemporaryFolder folder;
  put_file(folder / "a.tar", TarBytes().file("b", "").file("a/x", "").file("C", "").finish());
  const ArchiveIndex index(folder / "a.tar");
  EXPECT_EQ(index.files(), (std::vector<std::string_view>{"C", "a/x", "b"}));
  EXPECT_EQ(index.find("d"), nullptr);
}

TEST(ArchiveIndex, RefusesMoreEntriesThanFitItsMemory) {
  const TemporaryFolder folder;
  TarBytes tar;
  for (int n = 0; n < 100; ++n) tar.file("a/" + std::to_string(n), "");
  put_file(folder / "a.tar", tar.finish());
  EXPECT_EQ(ArchiveIndex(folder / "a.tar", {.limit_memory = 100 << 10}).files().size(), 100u);
  try {
    ArchiveIndex(folder / "a.tar", {.limit_memory = 10 << 10});
    ADD_FAILURE() << "was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNoRoom);
    EXPECT_NE(std::string(error.what()).find("more than 52 entries"), std::string::npos)
        << error.what();
    EXPECT_NE(std::string(error.what()).find("--append"), std::string::npos);
  }
}

TEST(ArchiveIndex, NoticesThatTheArchiveShrank) {
  const TemporaryFolder folder;
  put_file(folder / "a.tar", TarBytes().file("a", std::string(5000, 'x')).finish());
  const ArchiveIndex index(folder / "a.tar");
  std::filesystem::resize_file(folder / "a.tar", 1000);
  EXPECT_THROW(content(index, "a"), BadInput);
}

}  // namespace
}  // namespace rod::archive
