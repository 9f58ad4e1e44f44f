#include "tests/prepare/extract_cases.h"

namespace rod::prepare {
namespace {

// Runs that end in the middle, at a cap, leave what a killed run leaves: complete files and a
// journal.
class ExtractResumeTest : public ExtractTest {
 protected:
  ExtractResumeTest() {
    archive::TarBytes tar;
    tar.folder("empty");
    for (int i = 0; i < 1000; ++i) {
      const std::string bytes(std::size_t(i) * 37 % 3000, static_cast<char>('a' + i % 26));
      tar.file(fmt::format("d{}/{}", i / 100, i), bytes);
      if (i % 300 == 0) tar.file(fmt::format("big{}", i), std::string(1'500'000, 'x'));
      if (i == 200) tar.link('2', "link", "/etc/passwd");
    }
    archive::put_file(options_.archive, tar.finish());
    options_.skip_links = true;
    const ExtractOptions whole = options_;
    expected_ = (extract(whole), tree());
    std::filesystem::remove_all(options_.destination);
  }

  void stop_after(std::uint64_t bytes) {
    const auto limit = std::exchange(options_.limit_bytes, bytes);
    EXPECT_EQ(kind_of_error(), ErrorKind::kNoRoom);
    options_.limit_bytes = limit;
  }

  std::filesystem::path journal() const {
    return options_.destination / ".rodprep-extract/journal";
  }

  Tree expected_;
};

TEST_F(ExtractResumeTest, GoesOnToTheSameTree) {
  for (std::uint64_t bytes = 0; bytes < 7'000'000; bytes += 900'000) {
    std::filesystem::remove_all(options_.destination);
    stop_after(bytes);
    for (const auto& [path, content] : tree()) {
      if (path.rfind(".rodprep-extract", 0) == 0) continue;
      EXPECT_EQ(content, expected_.at(path)) << path;
    }
    const ExtractReport report = extract(options_);
    EXPECT_EQ(report.files, 1004u);
    EXPECT_EQ(report.kept + report.written, report.files);
    EXPECT_EQ(report.folders, 11u);
    EXPECT_EQ(report.skipped.size(), 1u);
    EXPECT_EQ(tree(), expected_);
  }
}

TEST_F(ExtractResumeTest, DoesNotRedoFinishedWork) {
  stop_after(3'500'000);
  const auto time = std::filesystem::last_write_time(options_.destination / "d0/1");
  const ExtractReport report = extract(options_);
  EXPECT_GT(report.kept, 300u);
  EXPECT_EQ(std::filesystem::last_write_time(options_.destination / "d0/1"), time);
}

TEST_F(ExtractResumeTest, RestoresFilesThatWereDeletedOrCutMeanwhile) {
  stop_after(3'500'000);
  std::filesystem::remove(options_.destination / "d0/7");
  archive::put_file(options_.destination / "d0/8", "short");
  extract(options_);
  EXPECT_EQ(tree(), expected_);
}

TEST_F(ExtractResumeTest, SeesDuplicatesOfFilesFromBeforeTheStop) {
  archive::TarBytes tar;
  for (int i = 0; i < 200; ++i) tar.file(std::to_string(i), std::string(20'000, 'x'));
  tar.file("0", std::string(20'000, 'x'));
  archive::put_file(options_.archive, tar.finish());
  stop_after(3'500'000);
  EXPECT_TRUE(std::filesystem::exists(journal()));
  EXPECT_EQ(kind_of_error(), ErrorKind::kBadInput);
  EXPECT_NE(message_.find("twice"), std::string::npos) << message_;
}

TEST_F(ExtractResumeTest, SurvivesAJournalCutAtAnyByte) {
  stop_after(3'500'000);
  const std::string whole = io::read_file(journal());
  for (std::size_t cut = 0; cut < whole.size(); cut += 1009) {
    std::filesystem::create_directories(journal().parent_path());
    archive::put_file(journal(), whole.substr(0, cut));
    extract(options_);
    EXPECT_EQ(tree(), expected_) << cut;
  }
}

TEST_F(ExtractResumeTest, StartsAnewForAnotherArchive) {
  stop_after(3'500'000);
  archive::put_file(options_.archive,
                    archive::TarBytes().file("d0/1", "1").file("new", "2").finish());
  extract(options_);
  EXPECT_EQ(tree().at("d0/1"), "1");
  EXPECT_EQ(tree().at("new"), "2");
}

TEST_F(ExtractResumeTest, ReplacesTheUnfinishedFileOfAKilledRun) {
  for (const char* stage : {"0", "1", "16"}) {
    std::filesystem::create_directories(options_.destination / ".rodprep-extract" / stage);
    archive::put_file(options_.destination / ".rodprep-extract" / stage / "part", "half a fi");
  }
  extract(options_);
  EXPECT_EQ(tree(), expected_);
}

TEST_F(ExtractResumeTest, KeepsWholeFilesAndRemovesHalfOnesOfAKilledRunsNewFolder) {
  const auto state = options_.destination / ".rodprep-extract";
  std::filesystem::create_directories(state / "tree/other");
  std::filesystem::create_directories(state / "1");
  archive::put_file(state / "tree/other/whole", "12345");
  archive::put_file(state / "tree/other/half", "123");
  archive::put_file(
      state / "1/note",
      "f 5 other/whole\nf 5 other/half\nf 5 other/absent\nf 1 ../../../outside\nf 9 oth");
  extract(options_);
  Tree expected = expected_;
  expected.insert({{"other", "/"}, {"other/whole", "12345"}});
  EXPECT_EQ(tree(), expected);
}

TEST_F(ExtractResumeTest, RefusesToMixAKilledRunsFolderWithAnotherOfItsName) {
  std::filesystem::create_directories(options_.destination / ".rodprep-extract/tree/d0");
  std::filesystem::create_directories(options_.destination / "d0");
  EXPECT_EQ(kind_of_error(), ErrorKind::kFailed);
  EXPECT_NE(message_.find("move one of them away"), std::string::npos) << message_;
}

TEST_F(ExtractResumeTest, ASecondRunWritesNothing) {
  extract(options_);
  const ExtractReport report = extract(options_);
  EXPECT_EQ(report.kept, 1004u);
  EXPECT_EQ(report.written, 0u);
}

TEST_F(ExtractResumeTest, RefusesASecondWriter) {
  std::filesystem::create_directories(options_.destination);
  const io::FileLock other(options_.destination, "the destination");
  EXPECT_EQ(kind_of_error(), ErrorKind::kFailed);
  EXPECT_NE(message_.find("in use"), std::string::npos) << message_;
}

}  // namespace
}  // namespace rod::prepare
