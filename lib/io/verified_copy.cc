#include "io/verified_copy.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <vector>

#include "io/file.h"

namespace rod::io {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kPiece = std::size_t{4} << 20;

FileHash hash_of_stored(const fs::path& path, const std::function<void()>& between) {
  File file = File::open_read(path);
  file.drop_cache();
  return hash_contents(*as_random_access(std::move(file)), between);
}

bool on_same_file_system(const fs::path& file, const fs::path& folder) {
  struct stat a {
  }, b{};
  return ::stat(file.c_str(), &a) == 0 && ::stat(folder.c_str(), &b) == 0 && a.st_dev == b.st_dev;
}

void require_expected(const std::string& name, const FileHash& found, const FileHash& expected) {
  if (found.bytes < expected.bytes) {
    throw BadInput(fmt::format("{}: ends at byte {}, expected {} bytes; it is truncated", name,
                               found.bytes, expected.bytes));
  }
  if (found != expected) {
    throw SourceDiffers(
        fmt::format("{}: has hash {}, expected {}", name, found.hash.hex(), expected.hash.hex()));
  }
}

// `source` names where the content comes from.
FileHash write(const fs::path& to, const std::string& source, const FileContent& content,
               const CopyOptions& options) {
  AtomicFile file(to);
  Hasher hasher;
  FileHash written;
  content([&](std::span<const std::byte> bytes) {
    if (options.between) options.between();
    file.write(bytes);
    hasher.update(bytes);
    written.bytes += bytes.size();
  });
  written.hash = hasher.digest();
  if (options.expected) require_expected(source, written, *options.expected);
  file.close();
  if (options.read_back) {
    const FileHash found = hash_of_stored(file.temporary(), options.between);
    if (found != written) {
      throw Error(
          ErrorKind::kFailed,
          fmt::format("{}: {} bytes were written with the hash {}, and {} bytes read back with the "
                      "hash {}; the disk or drive is faulty: try again, or choose another",
                      to.string(), written.bytes, written.hash.hex(), found.bytes,
                      found.hash.hex()));
    }
  }
  if (options.before_rename) options.before_rename();
  file.publish();
  std::error_code error;
  if (fs::file_size(to, error) != written.bytes || error) {
    throw Error(
        ErrorKind::kFailed,
        fmt::format("{}: is missing after it was renamed; the drive stored it under another name",
                    to.string()));
  }
  return written;
}

}  // namespace

FileHash write_verified(const fs::path& to, const FileContent& content,
                        const CopyOptions& options) {
  return write(to, to.string(), content, options);
}

FileHash copy_verified(const RandomAccessFile& from, const fs::path& to,
                       const CopyOptions& options) {
  return write(
      to, from.name(),
      [&from](const ByteSink& sink) {
        std::vector<std::byte> piece(kPiece);
        for (std::uint64_t offset = 0;;) {
          const std::size_t got = from.read_at(piece, offset);
          if (got == 0) return;
          sink(std::span<const std::byte>(piece).first(got));
          offset += got;
        }
      },
      options);
}

void move_or_copy(const fs::path& from, const fs::path& to, const CopyOptions& options) {
  make_folders(to.parent_path());
  if (!on_same_file_system(from, to.parent_path())) {
    copy_verified(*open_file(from), to, options);
    return;
  }
  if (options.before_rename) options.before_rename();
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

}  // namespace rod::io
