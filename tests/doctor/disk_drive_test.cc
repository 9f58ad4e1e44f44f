#include <gtest/gtest.h>

#include <filesystem>

#include "doctor/machine_state.h"
#include "io/file.h"
#include "tests/temporary_folder.h"

namespace rod::doctor {
namespace {

namespace fs = std::filesystem;
constexpr std::chrono::duration<double> kShort{0.1};

TEST(Disk, MeasuresInTheNearestFolderAndLeavesNothing) {
  const TemporaryFolder folder;
  const auto disk = look_at_disk(folder.path() / "not" / "yet");
  ASSERT_NE(found(disk), nullptr) << why_missing(disk);
  EXPECT_EQ(found(disk)->folder, fs::absolute(folder.path()).lexically_normal().string());
  EXPECT_GT(found(disk)->bytes, 0u);
  EXPECT_GT(found(disk)->seconds_per_small_file, 0);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Disk, NamesAFolderThatTakesNoFiles) {
  const auto disk = look_at_disk("/proc");
  EXPECT_NE(why_missing(disk).find("/proc"), std::string::npos);
}

TEST(Drive, MeasuresTheFileThatIsNamed) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / " ROD-synROD.tar";
  io::write_file(file, std::string(20'000'000, 'x'));
  const auto drive = look_at_drive(file, kShort);
  ASSERT_NE(found(drive), nullptr) << why_missing(drive);
  EXPECT_EQ(found(drive)->read_file, file.string());
  EXPECT_EQ(found(drive)->file_bytes, 20'000'000u);
  EXPECT_GT(found(drive)->bytes_per_second, 1e6);
}

TEST(Drive, AnEmptyFileIsMeasuredWithoutHarm) {
  const TemporaryFolder folder;
  io::write_file(folder.path() / "empty", "");
  const auto drive = look_at_drive(folder.path() / "empty", kShort);
  ASSERT_NE(found(drive), nullptr) << why_missing(drive);
  EXPECT_EQ(found(drive)->bytes_per_second, 0);
}

TEST(Drive, NamesAFileThatIsNotThere) {
  EXPECT_NE(why_missing(look_at_drive("/no/such/archive.tar", kShort)).find("/no/such/archive.tar"),
            std::string::npos);
}

constexpr const char* kText =
    "22 1 0:21 / / rw,relatime - overlay overlay rw\n"
    "23 22 0:22 / /content/drive rw,nosuid shared:5 master:1 - fuse.drive drive rw\n"
    "24 22 0:23 / /mnt/my\\040disk rw - ext4 /dev/sdb rw\n"
    "25 22 0:24 / /mnt/my\\040disk rw - xfs /dev/sdc rw\n"
    "a line that is cut\n";

TEST(Mounts, ThePathLiesOnTheDeepestAndLastMountAboveIt) {
  const auto mounts = parse_mounts(kText);
  ASSERT_EQ(mounts.size(), 4u);
  EXPECT_EQ(mount_of(mounts, "/content/drive/MyDrive/a.tar")->type, "fuse.drive");
  EXPECT_EQ(mount_of(mounts, "/content/drives")->type, "overlay");
  EXPECT_EQ(mount_of(mounts, "/mnt/my disk/x")->type, "xfs");
  EXPECT_EQ(mount_of({}, "/x"), nullptr);
}

TEST(Mounts, ThisMachineHasARoot) {
  EXPECT_NE(mount_of(read_mounts(), "/"), nullptr);
}

}  // namespace

}  // namespace rod::doctor
