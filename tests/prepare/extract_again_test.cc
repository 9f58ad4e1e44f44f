#include <sys/xattr.h>

#include "tests/prepare/extract_cases.h"

namespace rod::prepare {
namespace {

// A finished extraction, run again.
class ExtractAgainTest : public ExtractTest {
 protected:
  ExtractAgainTest() {
    archive::TarBytes tar;
    tar.folder("data/empty").file("alone", "1");
    for (int i = 0; i < 300; ++i)
      tar.file(fmt::format("data/{}/{}", i % 7, i), std::string(std::size_t(i), 'x'));
    archive::put_file(options_.archive, tar.finish());
    extract(options_);
    if (::setxattr(options_.destination.c_str(), "user.rod-test", "1", 1, 0) != 0)
      reason_ = "this file system has no extended attributes";
  }
  void SetUp() override {
    if (!reason_.empty()) GTEST_SKIP() << reason_;
  }

  std::string reason_;
};

TEST_F(ExtractAgainTest, ReadsNothingOfTheArchive) {
  const ExtractReport report = extract(options_);
  EXPECT_EQ(report.read, 0u);
  EXPECT_EQ(report.kept, 301u);
  EXPECT_EQ(report.files, 301u);
  EXPECT_EQ(report.folders, 9u);
  EXPECT_EQ(report.bytes, 300u * 299 / 2 + 1);
}

TEST_F(ExtractAgainTest, DoesSoForEachOfSeveralArchivesInOneFolder) {
  const auto first = options_.archive;
  options_.archive = folder_ / "b.tar";
  archive::put_file(options_.archive, archive::TarBytes().file("second/a", "2").finish());
  extract(options_);
  EXPECT_EQ(extract(options_).read, 0u);
  options_.archive = first;
  EXPECT_EQ(extract(options_).read, 0u);
}

TEST_F(ExtractAgainTest, WritesWhatIsMissingOrHasAnotherSize) {
  const Tree whole = tree();
  const std::vector<std::function<void()>> changes = {
      [&] { std::filesystem::remove(options_.destination / "data/3/3"); },
      [&] { archive::put_file(options_.destination / "data/3/3", "x"); },
      [&] { std::filesystem::remove(options_.destination / "alone"); },
      [&] { std::filesystem::remove(options_.destination / "data/empty"); },
      [&] { std::filesystem::remove_all(options_.destination / "data"); }};
  for (std::size_t n = 0; n < changes.size(); ++n) {
    changes[n]();
    EXPECT_GT(extract(options_).read, 0u) << n;
    EXPECT_EQ(tree(), whole) << n;
    EXPECT_EQ(extract(options_).read, 0u) << n;
  }
}

TEST_F(ExtractAgainTest, LooksAtTheArchiveAgainWhenThatOrAnOptionChanged) {
  options_.exclude = {"alone"};
  EXPECT_GT(extract(options_).read, 0u);
  options_.exclude = {};
  archive::put_file(options_.archive, archive::TarBytes().file("alone", "another").finish());
  EXPECT_GT(extract(options_).read, 0u);
  EXPECT_EQ(tree().at("alone"), "another");
}

TEST_F(ExtractAgainTest, RefusesALinkInTheTree) {
  std::filesystem::remove_all(options_.destination / "data/3");
  std::filesystem::create_directory_symlink("4", options_.destination / "data/3");
  EXPECT_EQ(kind_of_error(), ErrorKind::kBadInput);
}

TEST_F(ExtractAgainTest, ReportsWhatWasLeftOutAgain) {
  options_.skip_links = true;
  archive::put_file(options_.archive,
                    archive::TarBytes().file("a", "1").link('2', "l", "a").finish());
  for (int run = 0; run < 2; ++run) EXPECT_EQ(extract(options_).skipped.size(), 1u);
}

}  // namespace
}  // namespace rod::prepare
