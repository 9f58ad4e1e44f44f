#include "doctor/mounts.h"

#include <gtest/gtest.h>

namespace rod::doctor {
namespace {

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
