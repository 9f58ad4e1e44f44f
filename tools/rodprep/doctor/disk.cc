#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <span>
#include <sstream>

#include "base/error.h"
#include "doctor/machine_state.h"
#include "io/file.h"

namespace rod::doctor {
namespace {

namespace fs = std::filesystem;

constexpr int kFiles = 200;

// A new folder that goes away with its contents.
class ScratchFolder {
 public:
  explicit ScratchFolder(const fs::path& parent)
      : path_((parent / ".rodprep-doctor-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) throw_errno(parent.string(), "write there");
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

double time_small_files(const fs::path& folder) {
  const ScratchFolder scratch(folder);
  const std::string content(kSmallFile, 'x');
  const io::File parent = io::File::open_folder(scratch.path());
  const auto start = std::chrono::steady_clock::now();
  for (int n = 0; n < kFiles; ++n) {
    const std::string name = std::to_string(n);
    io::File file(
        ::openat(parent.fd(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600),
        scratch.path() + "/" + name);
    if (!file.is_open()) throw_errno(file.path(), "create");
    file.write_all(std::as_bytes(std::span(content)));
    file.close();
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  return elapsed.count() / kFiles;
}

}  // namespace

Finding<Disk> look_at_disk(const fs::path& folder) {
  fs::path existing = fs::absolute(folder).lexically_normal();
  if (!existing.has_filename()) existing = existing.parent_path();  // "shards/"
  std::error_code ignored;
  while (!fs::is_directory(existing, ignored) && existing.has_relative_path())
    existing = existing.parent_path();
  struct statvfs status {};
  if (::statvfs(existing.c_str(), &status) != 0)
    return Missing{existing.string() + ": " + ::strerror(errno)};
  Disk disk;
  disk.folder = existing.string();
  const auto mounts = read_mounts();
  if (const Mount* const mount = mount_of(mounts, existing)) disk.file_system = mount->type;
  disk.bytes = std::uint64_t{status.f_blocks} * status.f_frsize;
  disk.free_bytes = std::uint64_t{status.f_bavail} * status.f_frsize;
  disk.free_files = status.f_favail;
  try {
    disk.seconds_per_small_file = time_small_files(existing);
  } catch (const Error& error) {
    return Missing{error.what()};
  }
  return disk;
}

namespace {

// The kernel writes blanks in names as \040 and the like.
std::string unescaped(const std::string& text) {
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 3 < text.size() &&
        std::all_of(&text[at + 1], &text[at + 4], is_octal)) {
      plain += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 +
                                 (text[at + 3] - '0'));
      at += 3;
    } else {
      plain += text[at];
    }
  }
  return plain;
}

bool lies_in(const std::filesystem::path& path, const std::filesystem::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

}  // namespace

std::vector<Mount> parse_mounts(const std::string& text) {
  std::vector<Mount> mounts;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    // 36 35 98:0 /root /mount/point options optional… - type source options
    std::istringstream words(line);
    std::string skipped, folder, type;
    words >> skipped >> skipped >> skipped >> skipped >> folder;
    while (words >> skipped && skipped != "-") {
    }
    if (words >> type) mounts.push_back({unescaped(folder), type});
  }
  return mounts;
}

std::vector<Mount> read_mounts() {
  std::ifstream stream("/proc/self/mountinfo");
  return parse_mounts({std::istreambuf_iterator<char>(stream), {}});
}

const Mount* mount_of(const std::vector<Mount>& mounts, const std::filesystem::path& path) {
  const Mount* best = nullptr;
  for (const Mount& mount : mounts) {
    if (!lies_in(path, mount.folder)) continue;
    if (best == nullptr || !lies_in(best->folder, mount.folder) || best->folder == mount.folder)
      best = &mount;
  }
  return best;
}

}  // namespace rod::doctor
