// A disk that is full: before the work, and in the middle of it.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include "base/error.h"
#include "prepare/cache/cache.h"
#include "tests/prepare/small_source.h"
#include "tests/temporary_folder.h"

namespace rod::prepare {
namespace {

class CacheRoom : public ::testing::Test {
 protected:
  void SetUp() override {
    source_.write_folder(folder_ / "source");
    std::filesystem::create_directory(folder_ / "disk");
  }
  void TearDown() override {
    if (mounted_) ::umount2((folder_ / "disk").c_str(), MNT_DETACH);
  }

  // A disk of so many KiB, in memory. False where we may not mount.
  bool mount_disk(unsigned kib) {
    const std::string size = "size=" + std::to_string(kib) + "k";
    mounted_ = ::mount("tmpfs", (folder_ / "disk").c_str(), "tmpfs", mounted_ ? MS_REMOUNT : 0,
                       size.c_str()) == 0;
    return mounted_;
  }

  CacheOptions options_for(const std::filesystem::path& destination) const {
    CacheOptions options;
    options.source = folder_ / "source";
    options.destination = destination;
    options.size = 64;
    options.shard_bytes = 4 * 2 * 64 * 64 * 3;
    options.keep_free = 0;
    options.quiet = true;
    return options;
  }

  // 25 pairs of 24,576 bytes: 600 KiB, which noise also takes as zstd.
  SmallSource source_{{11, 9, 5, 64, 64, false}};
  TemporaryFolder folder_;
  bool mounted_ = false;
};

TEST_F(CacheRoom, IsAskedForBeforeTheWork) {
  if (!mount_disk(100)) GTEST_SKIP() << "mounting a tmpfs needs root";
  try {
    cache(options_for(folder_ / "disk/out"));
    FAIL() << "600 KiB went into 100";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNoRoom);
    EXPECT_NE(std::string(error.what()).find("needs about"), std::string::npos) << error.what();
  }
}

TEST_F(CacheRoom, RunsOutInTheMiddleAndARerunFinishes) {
  if (!mount_disk(450)) GTEST_SKIP() << "mounting a tmpfs needs root";
  try {
    cache(options_for(folder_ / "disk/out"));
    FAIL() << "600 KiB went into 450";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNoRoom);
    EXPECT_NE(std::string(error.what()).find(".safetensors"), std::string::npos) << error.what();
  }
  ASSERT_TRUE(mount_disk(2000));
  EXPECT_GT(cache(options_for(folder_ / "disk/out")).shards_kept, 0u);
  cache(options_for(folder_ / "undisturbed"));
  EXPECT_EQ(folder_contents(folder_ / "disk/out"), folder_contents(folder_ / "undisturbed"));
}

}  // namespace
}  // namespace rod::prepare
