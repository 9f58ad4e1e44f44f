#include "archive/tar_writer.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "io/file.h"
#include "tests/temporary_folder.h"

namespace rod::archive {
namespace {

TEST(TarWriter, WritesWholeRecordsWithRightChecksums) {
  const TemporaryFolder folder;
  TarWriter tar(folder / "a.tar");
  tar.add("b/c.txt", "hello");
  tar.finish();
  const std::string text = io::read_file(folder / "a.tar");
  EXPECT_EQ(text.size(), 10240u);
  EXPECT_EQ(text.size(), tar.bytes());
  EXPECT_EQ(text.substr(0, 8), std::string("b/c.txt\0", 8));
  EXPECT_EQ(text.substr(512, 6), std::string("hello\0", 6));
  std::uint64_t sum = 0;
  for (int i = 0; i < 512; ++i)
    sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(text[i]);
  EXPECT_EQ(std::stoull(text.substr(148, 6), nullptr, 8), sum);
}

TEST(TarWriter, SplitsALongNameAtASlash) {
  const TemporaryFolder folder;
  const std::string deep =
      std::string(90, 'd') + "/" + std::string(60, 'e') + "/" + std::string(99, 'f');
  TarWriter tar(folder / "a.tar");
  tar.add(deep, "x");
  tar.finish();
  const std::string text = io::read_file(folder / "a.tar");
  EXPECT_EQ(std::string(text.substr(345, 155).c_str()) + "/" + text.substr(0, 100).c_str(), deep);
}

TEST(TarWriter, RefusesANameThatDoesNotFit) {
  const TemporaryFolder folder;
  TarWriter tar(folder / "a.tar");
  EXPECT_THROW(tar.add(std::string(101, 'n'), "x"), Error);
  EXPECT_THROW(tar.add("", "x"), Error);
}

TEST(TarWriter, LeavesNothingWithoutFinish) {
  const TemporaryFolder folder;
  { TarWriter(folder / "a.tar").add("b", "x"); }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace rod::archive
