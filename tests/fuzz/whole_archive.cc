// Whatever a burst of up to four bytes, a cut or a run of one byte behind it do to a small archive,
// it reads as it was, or is refused; see Note [Whole or refused] in lib/archive/archive_reader.h.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive_reader.h"
#include "base/error.h"
#include "io/file.h"

namespace {

using Tree = std::map<std::string, std::string>;

struct Original {
  std::string bytes;
  Tree tree;
};

// Nothing where it is refused.
std::optional<Tree> read_archive(const std::string& bytes) {
  const int fd = ::memfd_create("fuzz", MFD_CLOEXEC);
  if (fd < 0 || ::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    std::abort();
  const rod::io::File file(fd, "fuzz");
  try {
    rod::archive::ArchiveReader reader("/proc/self/fd/" + std::to_string(fd));
    std::vector<std::byte> piece(4096);
    Tree tree;
    while (const auto entry = reader.next()) {
      // extract refuses links and special files; none of the originals has any.
      if (entry->type != rod::archive::EntryType::kFile &&
          entry->type != rod::archive::EntryType::kFolder)
        return std::nullopt;
      std::string& content = tree[entry->path];
      content = rod::archive::entry_type_name(entry->type);
      while (const std::size_t got = reader.read(piece))
        content.append(reinterpret_cast<const char*>(piece.data()), got);
    }
    return tree;
  } catch (const rod::Error&) {
  } catch (const std::bad_alloc&) {
  }
  return std::nullopt;
}

// Every archive that CMakeLists.txt made, but for those without a checksum of their contents.
const std::vector<Original>& originals() {
  static const std::vector<Original> all = [] {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(ROD_FUZZ_ARCHIVES)) {
      const std::string name = entry.path().filename().string();
      const bool unchecked = name == "cf.gnutar" || name == "cf.pax" || name == "cf--zstd.pax";
      if (entry.is_regular_file() && !unchecked) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<Original> made;
    for (const auto& path : paths) {
      const std::string bytes = rod::io::read_file(path);
      const auto tree = read_archive(bytes);
      if (!tree || tree->empty()) std::abort();
      made.push_back({bytes, *tree});
    }
    if (made.empty()) std::abort();
    return made;
  }();
  return all;
}

}  // namespace

// The archive's number, the burst's place, its bytes, how much is cut off, how often which byte
// follows.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kUsed = 11;
  if (size < kUsed) return 0;
  const Original& original = originals()[data[0] % originals().size()];
  std::string bytes = original.bytes;
  const std::size_t at = (data[1] | std::size_t{data[2]} << 8) % bytes.size();
  for (std::size_t n = 0; n < std::min<std::size_t>(4, bytes.size() - at); ++n)
    bytes[at + n] = static_cast<char>(bytes[at + n] ^ data[3 + n]);
  bytes.resize(bytes.size() - (data[7] | std::size_t{data[8]} << 8) % bytes.size());
  bytes.append(data[9], static_cast<char>(data[10]));
  const auto tree = read_archive(bytes);
  if (tree && *tree != original.tree) {
    std::fprintf(stderr, "archive %u: burst at byte %zu\n", data[0], at);
    std::abort();
  }
  return 0;
}
