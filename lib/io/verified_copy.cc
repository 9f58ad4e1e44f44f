#include "store/publish.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/file_hash.h"

namespace rod {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kBlockBytes = 1 << 20;

Hash128 hash_of_stored(const fs::path& path) {
  const File file = File::open_read(path);
  file.drop_cache();
  return hash_contents(file).hash;
}

bool on_same_file_system(const fs::path& file, const fs::path& folder) {
  struct stat a {
  }, b{};
  return ::stat(file.c_str(), &a) == 0 && ::stat(folder.c_str(), &b) == 0 && a.st_dev == b.st_dev;
}

}  // namespace

void publish(const fs::path& to, const FileContent& source, const std::function<void()>& ready) {
  AtomicFile file(to);
  Hasher hasher;
  std::uint64_t size = 0;
  source([&](std::span<const std::byte> bytes) {
    file.write(bytes);
    hasher.update(bytes);
    size += bytes.size();
  });
  file.close();
  const std::string given = hasher.digest().hex(), got = hash_of_stored(file.temporary()).hex();
  if (got != given) {
    throw Error(
        ErrorKind::kFailed,
        fmt::format("{}: reads back with the hash {}, but {} was written; the disk or drive "
                    "can't be trusted",
                    to.string(), got, given));
  }
  ready();
  file.publish();
  std::error_code error;
  if (fs::file_size(to, error) != size || error) {
    throw Error(
        ErrorKind::kFailed,
        fmt::format("{}: is not there after its renaming; the drive has put it under another name",
                    to.string()));
  }
}

FileContent content_of(const fs::path& path) {
  return [path](const ByteSink& sink) {
    const File file = File::open_read(path);
    std::vector<std::byte> block(kBlockBytes);
    for (std::uint64_t offset = 0;;) {
      const std::size_t got = file.read_some(block, offset);
      sink(std::span<const std::byte>(block).first(got));
      if (got < block.size()) return;
      offset += got;
    }
  };
}

void publish_file(const fs::path& from, const fs::path& to, const std::function<void()>& ready) {
  make_folders(to.parent_path());
  if (!on_same_file_system(from, to.parent_path())) {
    publish(to, content_of(from), ready);
    return;
  }
  ready();
  if (::rename(from.c_str(), to.c_str()) != 0) throw_errno(to.string(), "rename");
  sync_folder(to.parent_path());
}

void empty_then_remove(const fs::path& path) {
  const fs::path doomed = is_temporary_name(path.filename().string()) ? path : temporary_path(path);
  std::error_code failed, ignored;
  if (doomed != path) fs::rename(path, doomed, failed);
  if (failed) return;
  fs::resize_file(doomed, 0, ignored);
  fs::remove(doomed, ignored);
}

}  // namespace rod
