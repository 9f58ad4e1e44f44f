// The mounted file systems, from /proc/self/mountinfo.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rod::doctor {

struct Mount {
  std::filesystem::path folder;
  std::string type;  // "ext4", "fuse.drive"
};

// Later lines cover earlier ones. See proc(5).
std::vector<Mount> parse_mounts(const std::string& text);
std::vector<Mount> read_mounts();

// Returns the mount that contains `path` (absolute): the longest matching folder, and the last
// among equal ones; null if there is none.
const Mount* mount_of(const std::vector<Mount>& mounts, const std::filesystem::path& path);

}  // namespace rod::doctor
