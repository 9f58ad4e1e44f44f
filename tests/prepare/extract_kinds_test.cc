#include <fcntl.h>
#include <unistd.h>

#include "io/file.h"
#include "tests/archive/made_archive.h"
#include "tests/prepare/extract_cases.h"

namespace rod::prepare {
namespace {

std::vector<std::pair<std::string, std::string>> some_files() {
  std::vector<std::pair<std::string, std::string>> files = {
      {"d/empty", ""},
      {"d/large", std::string(2'500'000, 'x')},
      {"caf\xC3\xA9/\xE2\x82\xAC", "letters"}};
  for (int i = 0; i < 40; ++i) {
    std::string bytes;  // does not compress well
    for (unsigned n = 0, value = unsigned(i); n < 3000; ++n) {
      value = value * 1664525 + 1013904223;
      bytes += static_cast<char>(value >> 24);
    }
    files.emplace_back("noise/" + std::to_string(i), bytes);
  }
  return files;
}

class ExtractKindsTest : public ExtractTest {
 protected:
  ExtractKindsTest() {
    for (const auto& [name, bytes] : some_files()) {
      expected_[name.substr(0, name.find('/'))] = "/";
      expected_[name] = bytes;
    }
  }

  // Named like nothing in particular: it must be recognised by its content.
  void make(const archive::ArchiveKind& kind) {
    options_.archive = folder_ / " an archive";
    options_.destination = folder_ / (kind.format + kind.filter);
    archive::make_archive(options_.archive, kind.format, kind.filter, some_files());
  }

  Tree expected_;
};

TEST_F(ExtractKindsTest, UnpacksEveryFormatAndCompression) {
  for (const archive::ArchiveKind& kind : archive::archive_kinds()) {
    SCOPED_TRACE(kind.format + " " + kind.filter);
    make(kind);
    const ExtractReport report = extract(options_);
    EXPECT_EQ(tree(), expected_);
    EXPECT_EQ(report.written, 43u);
    options_.verify = true;
    EXPECT_EQ(extract(options_).kept, 43u);
    options_.verify = false;
  }
}

TEST_F(ExtractKindsTest, UnpacksThemFromAPipe) {
  for (const archive::ArchiveKind& kind : archive::archive_kinds()) {
    SCOPED_TRACE(kind.format + " " + kind.filter);
    make(kind);
    const int input = ::dup(STDIN_FILENO);
    const int file = ::open(options_.archive.c_str(), O_RDONLY);
    ::dup2(file, STDIN_FILENO);
    options_.archive = "-";
    extract(options_);
    EXPECT_EQ(tree(), expected_);
    ::dup2(input, STDIN_FILENO);
    ::close(input);
    ::close(file);
  }
}

TEST_F(ExtractKindsTest, ReadsACompressedOneAgainWithoutWritingAgain) {
  for (const archive::ArchiveKind& kind :
       {archive::ArchiveKind{"gnutar", "zstd"}, {"ustar", "gzip"}, {"zip", ""}}) {
    SCOPED_TRACE(kind.format + " " + kind.filter);
    make(kind);
    options_.limit_bytes = 2'520'000;  // stops in the middle, as a kill would
    EXPECT_EQ(kind_of_error(), ErrorKind::kNoRoom);
    options_.limit_bytes = 1ull << 40;
    const ExtractReport report = extract(options_);
    EXPECT_EQ(report.kept + report.written, 43u);
    EXPECT_EQ(tree(), expected_);
  }
}

TEST_F(ExtractKindsTest, RefusesEveryKindWhenItIsCut) {
  for (const archive::ArchiveKind& kind : archive::archive_kinds()) {
    SCOPED_TRACE(kind.format + " " + kind.filter);
    make(kind);
    const std::string bytes = io::read_file(options_.archive);
    for (const std::size_t part : {1u, 30u, 50u, 70u, 95u}) {
      EXPECT_EQ(kind_of_error(bytes.substr(0, bytes.size() * part / 100)), ErrorKind::kBadInput)
          << part;
      for (const auto& [path, content] : tree()) EXPECT_EQ(content, expected_.at(path)) << path;
    }
  }
}

TEST_F(ExtractKindsTest, EstimatesACompressedOneBeforeWriting) {
  std::string bytes;
  for (int i = 0; i < 30; ++i) bytes += std::string(1 << 20, static_cast<char>(i));
  options_.limit_ratio = 1'000'000;
  archive::make_archive(options_.archive, "gnutar", "gzip", {{"a", bytes}, {"b", bytes}});
  options_.keep_free = std::uint64_t{1} << 62;
  EXPECT_EQ(kind_of_error(), ErrorKind::kNoRoom);
  EXPECT_NE(message_.find("needs about"), std::string::npos) << message_;
  EXPECT_FALSE(std::filesystem::exists(options_.destination));
}

TEST_F(ExtractKindsTest, RefusesAZipBehindAnotherZip) {
  archive::make_archive(options_.archive, "zip", "", {{"a", "1"}});
  const std::string first = io::read_file(options_.archive);
  archive::make_archive(options_.archive, "zip", "", {{"b", "2"}});
  io::write_file(options_.archive, first + io::read_file(options_.archive));
  EXPECT_EQ(kind_of_error(), ErrorKind::kBadInput);
  EXPECT_NE(message_.find("another zip archive lies before it"), std::string::npos) << message_;
}

}  // namespace
}  // namespace rod::prepare
