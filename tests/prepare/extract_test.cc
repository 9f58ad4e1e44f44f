#include "prepare/extract/extract.h"

#include <unistd.h>

#include "tests/prepare/extract_cases.h"

namespace rod::prepare {
namespace {

TEST_F(ExtractTest, UnpacksFilesAndFoldersAndLeavesNothingElse) {
  const ExtractReport report = run(archive::TarBytes()
                                       .folder("d/")
                                       .folder("d/empty")
                                       .file("d/a", "1")
                                       .file("e/f/b", "22")
                                       .file("c", ""));
  EXPECT_EQ(tree(), (Tree{{"d", "/"},
                          {"d/empty", "/"},
                          {"d/a", "1"},
                          {"e", "/"},
                          {"e/f", "/"},
                          {"e/f/b", "22"},
                          {"c", ""}}));
  EXPECT_EQ(report.files, 3u);
  EXPECT_EQ(report.folders, 4u);
  EXPECT_EQ(report.bytes, 3u);
  EXPECT_EQ(report.written, 3u);
  EXPECT_EQ(report.kept, 0u);
}

TEST_F(ExtractTest, UnpacksManyFilesOfAllSizesWithAnyNumberOfJobs) {
  archive::TarBytes tar;
  Tree expected;
  for (int i = 0; i < 500; ++i) {
    const std::string folder = fmt::format("f{}", i % 37), name = fmt::format("{}/{}", folder, i);
    const std::string bytes(std::size_t(i) * 211 % 5000, static_cast<char>('a' + i % 26));
    tar.file(name, bytes);
    expected.insert_or_assign(folder, std::string(1, '/'));
    expected[name] = bytes;
  }
  for (const std::size_t size : {(1u << 20) - 1, 1u << 20, (1u << 20) + 1, 5'000'000u}) {
    tar.file(std::to_string(size), std::string(size, 'x'));
    expected[std::to_string(size)] = std::string(size, 'x');
  }
  for (const unsigned jobs : {1u, 2u, 64u}) {
    options_.jobs = jobs;
    options_.destination = folder_ / std::to_string(jobs);
    run(tar);
    EXPECT_EQ(tree(), expected) << jobs;
  }
}

TEST_F(ExtractTest, StripsModesOwnersAndSetuid) {
  const mode_t before = ::umask(022);
  run(archive::TarBytes()
          .file("program", "x", 06777)
          .file("secret", "x", 0000)
          .header("d", '5', 0, "", 07777));
  ::umask(before);
  for (const auto& [name, mode] :
       std::map<std::string, unsigned>{{"program", 0100644}, {"secret", 0100644}, {"d", 040755}}) {
    struct stat status {};
    ASSERT_EQ(::stat((options_.destination / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode, mode) << name;
    EXPECT_EQ(status.st_uid, ::geteuid());
  }
}

TEST_F(ExtractTest, SelectsByGlobAndByFolder) {
  const auto tar = archive::TarBytes()
                       .file("a/x.png", "1")
                       .file("a/y.txt", "2")
                       .file("b/x.png", "3")
                       .file("ab/x.png", "4");
  options_.include = {"a", "b/*.png"};
  options_.exclude = {"*.txt"};
  EXPECT_EQ(run(tar).files, 2u);
  EXPECT_EQ(tree(), (Tree{{"a", "/"}, {"a/x.png", "1"}, {"b", "/"}, {"b/x.png", "3"}}));
}

TEST_F(ExtractTest, KeepsFilesWithTheSameBytesAndReplacesOthers) {
  const std::string large = std::string(900'000, 'x') + "end";
  const auto tar = archive::TarBytes()
                       .file("d/same", "12345")
                       .file("d/other", "12345")
                       .file("d/longer", "12345")
                       .file("d/absent", "1")
                       .file("d/large", large)
                       .file("d/large_other", large)
                       .link('1', "d/link", "d/same")
                       .link('1', "d/link_other", "d/same");
  std::filesystem::create_directories(options_.destination / "d");
  const auto put = [&](const char* name, const std::string& bytes) {
    archive::put_file(options_.destination / "d" / name, bytes);
  };
  put("same", "12345");
  put("other", "abcde");
  put("longer", "1234567");
  put("own", "mine");
  put("large", large);
  put("large_other", std::string(900'000, 'x') + "END");
  put("link", "12345");
  put("link_other", "abcde");
  const ExtractReport report = run(tar);
  EXPECT_EQ(report.kept, 3u);
  EXPECT_EQ(report.written, 5u);
  EXPECT_EQ(tree(), (Tree{{"d", "/"},
                          {"d/same", "12345"},
                          {"d/other", "12345"},
                          {"d/longer", "12345"},
                          {"d/absent", "1"},
                          {"d/large", large},
                          {"d/large_other", large},
                          {"d/link", "12345"},
                          {"d/link_other", "12345"},
                          {"d/own", "mine"}}));
}

TEST_F(ExtractTest, RefusesPatternsThatSelectNothing) {
  options_.include = {"nothing*"};
  EXPECT_EQ(kind_of_error(archive::TarBytes().file("a", "1").finish()), ErrorKind::kBadInput);
  EXPECT_NE(message_.find("no entry is selected"), std::string::npos) << message_;
}

TEST_F(ExtractTest, NamesALaterVolumeOfAPosixTar) {
  const std::string record = "27 GNU.volume.offset=18944\n";
  EXPECT_EQ(kind_of_error(archive::TarBytes()
                              .header("GlobalHead", 'g', record.size())
                              .data(record)
                              .file("GNUFileParts/big.2", "x")
                              .finish()),
            ErrorKind::kBadInput);
  EXPECT_NE(message_.find("tar -M -xf FIRST"), std::string::npos) << message_;
}

TEST_F(ExtractTest, VerifyFindsEveryDifference) {
  const auto tar = archive::TarBytes()
                       .file("a", "12345")
                       .file("b", "12345")
                       .file("c", "")
                       .folder("d")
                       .file("big", std::string(3'000'000, 'x'));
  run(tar);
  options_.verify = true;
  EXPECT_EQ(run(tar).kept, 4u);
  const std::vector<std::function<void()>> damages = {
      [&] { archive::put_file(options_.destination / "a", "12X45"); },
      [&] { archive::put_file(options_.destination / "b", "1234"); },
      [&] { archive::put_file(options_.destination / "b", "123456"); },
      [&] { archive::put_file(options_.destination / "c", "1"); },
      [&] { std::filesystem::remove(options_.destination / "a"); },
      [&] { std::filesystem::remove(options_.destination / "d"); },
      [&] { archive::put_file(options_.destination / "big", std::string(2'999'999, 'x') + "y"); }};
  for (std::size_t n = 0; n < damages.size(); ++n) {
    std::filesystem::remove_all(options_.destination);
    options_.verify = false;
    run(tar);
    damages[n]();
    options_.verify = true;
    EXPECT_EQ(kind_of_error(), ErrorKind::kBadInput) << n;
    EXPECT_NE(message_.find(": 1 of the entries"), std::string::npos) << message_;
  }
}

TEST_F(ExtractTest, DryRunTellsWhatIsNeededAndWritesNothing) {
  options_.dry_run = true;
  const ExtractReport report =
      run(archive::TarBytes().file("d/a", "1").file("d/b", std::string(4097, 'x')));
  EXPECT_EQ(report.files, 2u);
  EXPECT_EQ(report.needed, 4096u * 4);  // one block, two blocks, one folder
  EXPECT_GT(report.free, 0u);
  EXPECT_FALSE(std::filesystem::exists(options_.destination));
}

TEST_F(ExtractTest, RefusesWhatDoesNotFitBeforeWritingAnything) {
  const std::string bytes = archive::TarBytes().file("a", "1").finish();
  options_.keep_free = std::uint64_t{1} << 62;
  EXPECT_EQ(kind_of_error(bytes), ErrorKind::kNoRoom);
  EXPECT_NE(message_.find("--keep-free"), std::string::npos) << message_;
  EXPECT_FALSE(std::filesystem::exists(options_.destination));
  options_.dry_run = true;
  EXPECT_EQ(kind_of_error(), ErrorKind::kNoRoom);
}

TEST_F(ExtractTest, RefusesACompressedTarCutAnywhere) {
  archive::TarBytes tar;
  for (int i = 0; i < 20; ++i) tar.file(std::to_string(i), std::to_string(i * i));
  archive::put_file(options_.archive, tar.finish());
  if (std::system(("gzip -k '" + options_.archive.string() + "'").c_str()) != 0)
    GTEST_SKIP() << "there is no gzip";
  const std::string bytes = io::read_file(folder_ / "a.tar.gz");
  for (std::size_t cut = 0; cut < bytes.size(); cut += 37)
    EXPECT_EQ(kind_of_error(bytes.substr(0, cut)), ErrorKind::kBadInput) << cut;
}

TEST_F(ExtractTest, ListsEntriesWithoutWriting) {
  archive::put_file(options_.archive, archive::TarBytes()
                                          .file("./a", "123")
                                          .folder("d")
                                          .link('2', "l", "a")
                                          .file("../up", "1")
                                          .finish());
  options_.exclude = {"d"};
  std::vector<std::string> listed;
  list_archive(options_, [&](const archive::ArchiveEntry& entry) {
    listed.push_back(std::string(archive::entry_type_name(entry.type)) + " " + entry.path + " " +
                     std::to_string(entry.size));
  });
  EXPECT_EQ(listed, (std::vector<std::string>{"file a 3", "symbolic link l 0", "file ../up 1"}));
  EXPECT_FALSE(std::filesystem::exists(options_.destination));
}

}  // namespace
}  // namespace rod::prepare
