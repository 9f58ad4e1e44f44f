// The seam for bytes from elsewhere: cache and extract read an archive that is no file, through
// io::RandomAccessFile alone.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "base/error.h"
#include "io/drive_file.h"
#include "prepare/cache/cache.h"
#include "tests/io/memory_file.h"
#include "tests/prepare/extract_cases.h"
#include "tests/prepare/small_source.h"

namespace rod::prepare {
namespace {

constexpr const char* kAddress = "https://example.org/source.tar";

// An archive in memory, whose every fifth read fails as a connection does.
class Remote final : public io::RandomAccessFile {
 public:
  explicit Remote(std::string bytes) : file_(kAddress, std::move(bytes)) {}
  const std::string& name() const override { return file_.name(); }
  std::uint64_t size() const override { return file_.size(); }
  std::size_t read_at(std::span<std::byte> out, std::uint64_t offset) const override {
    if (++reads % 5 == 0) throw_errno(name(), "read", ECONNRESET);
    return file_.read_at(out, offset);
  }

  mutable std::atomic<unsigned> reads{0};

 private:
  const io::MemoryFile file_;
};

io::FileOpener retried(std::shared_ptr<const Remote> remote) {
  return [remote = std::move(remote)](const std::filesystem::path& path) {
    EXPECT_EQ(path, kAddress);
    io::Retrying how;
    how.policy.give_up_after = std::chrono::seconds(60);
    how.policy.first_pause = std::chrono::milliseconds(0);
    return io::open_retrying(
        path, [remote](const std::filesystem::path&) { return remote; }, how);
  };
}

TEST(MemorySource, MakesTheDataSetThatAFileMakes) {
  const TemporaryFolder folder;
  CacheOptions options = small_cache(folder.path());
  cache(options);
  const auto from_file = folder_contents(options.destination);

  const auto remote = std::make_shared<Remote>(io::read_file(options.source));
  std::filesystem::remove(options.source);
  options.source = kAddress;
  options.destination = folder / "again";
  options.open = retried(remote);
  cache(options);
  EXPECT_EQ(folder_contents(options.destination), from_file);
  EXPECT_GT(remote->reads, 10u);
}

using MemoryArchive = ExtractTest;

TEST_F(MemoryArchive, IsUnpackedAsAFileIs) {
  const std::string tar = archive::TarBytes()
                              .folder("d/")
                              .file("d/a", "1")
                              .file("d/large", std::string(3'000'000, 'x'))
                              .file("c", "")
                              .finish();
  const auto remote = std::make_shared<Remote>(tar);
  options_.archive = kAddress;
  options_.open = retried(remote);
  const Tree expected = {
      {"d", "/"}, {"d/a", "1"}, {"d/large", std::string(3'000'000, 'x')}, {"c", ""}};
  EXPECT_EQ(extract(options_).written, 3u);
  EXPECT_EQ(tree(), expected);
  EXPECT_GT(remote->reads, 5u);

  EXPECT_EQ(extract(options_).kept, 3u);
  options_.verify = true;
  extract(options_);
  options_.verify = false;
  EXPECT_EQ(tree(), expected);
}

TEST_F(MemoryArchive, IsNamedByItsAddressWhenItIsDamaged) {
  std::string tar = archive::TarBytes().file("a", std::string(20'000, 'x')).finish();
  tar.resize(10'000);
  options_.archive = kAddress;
  options_.open = retried(std::make_shared<Remote>(tar));
  try {
    extract(options_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
    EXPECT_TRUE(std::string(error.what()).starts_with(kAddress)) << error.what();
  }
}

}  // namespace
}  // namespace rod::prepare
