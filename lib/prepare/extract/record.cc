#include "prepare/extract/record.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <memory>

#include "archive/safe_path.h"
#include "base/error.h"
#include "base/hash.h"
#include "io/file.h"
#include "prepare/extract/selection.h"

namespace rod::prepare {
namespace {

constexpr std::size_t kMostRecordBytes = 2048;  // ext4 has 4,096 for all attributes of a folder

std::string attribute_of(const std::string& identity) {
  return "user.rodprep." + hash128(std::string_view(identity)).hex();
}

std::string text_of(const TreeSum& tree) {
  std::string text =
      fmt::format("1 {} {} {} {:x}\n", tree.files, tree.folders, tree.bytes, tree.sum);
  for (const std::string& top : tree.tops) text += top + "\n";
  return text;
}

// The paths and sizes below a folder. Stops at what extract never makes.
class Walk {
 public:
  const TreeSum& tree() const { return tree_; }

  // False where something is no file and no folder, or `name` is not there.
  bool add(int folder, const std::string& name, const std::string& path) {
    struct stat status {};
    if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
    if (S_ISREG(status.st_mode)) {
      tree_.add_file(path, static_cast<std::uint64_t>(status.st_size));
      return true;
    }
    return S_ISDIR(status.st_mode) && add_folder(folder, name, path);
  }

 private:
  bool add_folder(int above, const std::string& name, const std::string& path) {
    const int fd = ::openat(above, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(fd < 0 ? nullptr : ::fdopendir(fd),
                                                      &::closedir);
    if (listing == nullptr) return false;
    ++tree_.folders;
    tree_.sum += hash64(path);
    while (const dirent* entry = ::readdir(listing.get())) {
      const std::string child = entry->d_name;
      if (child != "." && child != ".." && !add(fd, child, path + "/" + child)) return false;
    }
    return true;
  }

  TreeSum tree_;
};

}  // namespace

std::string extract_identity(const ExtractOptions& options) {
  Hasher hasher;
  for (const auto* globs : {&options.include, &options.exclude}) {
    for (const std::string& glob : *globs) hasher.update(glob + "\n");
    hasher.update("\n");
  }
  for (const std::filesystem::path& list : options.split) {
    hasher.update(read_split_list(list, options) + "\n");
  }
  hasher.update(fmt::format("{} {} {} {} {}", options.paths.max_bytes, options.paths.max_component,
                            options.paths.max_depth, options.skip_links, options.skip_bad));
  if (options.concatenated || !options.name_encoding.empty())
    hasher.update(fmt::format(" {} {}", options.concatenated, options.name_encoding));
  if (options.open)
    return fmt::format("rodprep extract 1 {} {}\n", options.version, hasher.digest().hex());
  struct stat status {};
  if (::stat(options.archive.c_str(), &status) != 0)
    throw_errno(options.archive.string(), "look at it");
  return fmt::format("rodprep extract 1 {} {}.{:09} {}\n", status.st_size, status.st_mtim.tv_sec,
                     status.st_mtim.tv_nsec, hasher.digest().hex());
}

void TreeSum::add_file(std::string_view path, std::uint64_t size) {
  ++files;
  bytes += size;
  const std::array<std::uint64_t, 2> both{hash64(path), size};
  sum += hash64(std::as_bytes(std::span(both)));
  const std::string_view top = path.substr(0, path.find('/'));
  if (tops.size() <= kMostTops) tops.emplace(top);
}

void record_finished(const Folder& root, const std::string& identity, const TreeSum& tree) {
  const std::string text = text_of(tree);
  if (tree.tops.size() > kMostTops || text.size() > kMostRecordBytes) return;
  // An error costs the next run some time, this one nothing.
  ::fsetxattr(root.file.fd(), attribute_of(identity).c_str(), text.data(), text.size(), 0);
}

std::optional<ExtractReport> finished_before(const ExtractOptions& options) {
  const int fd = ::open(options.destination.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  const io::File root(fd, options.destination.string());
  std::string text(kMostRecordBytes, '\0');
  const ssize_t got =
      ::fgetxattr(fd, attribute_of(extract_identity(options)).c_str(), text.data(), text.size());
  if (got <= 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(got));

  Walk walk;
  for (std::size_t at = text.find('\n') + 1; at != 0 && at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string top = text.substr(at, end - at);
    // Whoever wrote the record, it must not lead us out of the destination.
    if (archive::why_unsafe(top) || top.find('/') != top.npos || !walk.add(fd, top, top))
      return std::nullopt;
    at = end + 1;
  }
  const TreeSum& found = walk.tree();
  if (text_of(found) != text) return std::nullopt;
  ExtractReport report;
  report.files = report.kept = found.files;
  report.folders = found.folders;
  report.bytes = found.bytes;
  return report;
}

}  // namespace rod::prepare
