#include "prepare/extract/verify.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/progress.h"
#include "base/stop.h"
#include "prepare/extract/destination_tree.h"
#include "prepare/extract/entry_gate.h"
#include "prepare/extract/plan.h"

namespace rod {
namespace {

constexpr std::size_t kPiece = 1 << 20;
constexpr std::size_t kShownDifferences = 5;

struct Pieces {
  std::vector<std::byte> packed = std::vector<std::byte>(kPiece),
                         unpacked = std::vector<std::byte>(kPiece);
};

// What is wrong with the file at `path`, or nothing. Reads the current entry of `reader`.
std::optional<std::string> difference(DestinationTree& tree, const std::string& path,
                                      ArchiveReader& reader, Pieces& pieces) {
  const SplitPath place = split_path(path);
  const auto folder = tree.folder(place.folder);
  if (folder == nullptr || !existing_size(*folder, place.name)) return path + " is missing";
  const std::string shown = folder->file.path() + "/" + place.name;
  const int fd = ::openat(folder->file.fd(), place.name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) throw_errno(shown, "open");
  const io::File file(fd, shown);
  auto& [packed, unpacked] = pieces;
  for (std::uint64_t offset = 0;;) {
    const std::size_t wanted = reader.read(packed);
    // One byte more at the end of the entry: the file must end there too.
    const std::size_t got =
        file.read_some(std::span(unpacked).first(std::max<std::size_t>(wanted, 1)), offset);
    const auto same = std::mismatch(packed.begin(), packed.begin() + std::ptrdiff_t(wanted),
                                    unpacked.begin(), unpacked.begin() + std::ptrdiff_t(got));
    if (got != wanted || same.first != packed.begin() + std::ptrdiff_t(wanted)) {
      return fmt::format("{} differs from byte {} on", path,
                         offset + std::uint64_t(same.first - packed.begin()));
    }
    if (wanted == 0) return std::nullopt;
    offset += wanted;
  }
}

}  // namespace

ExtractReport verify_extract(const ExtractOptions& options) {
  ArchiveReader reader(options.archive, 0, archive_opener(options));
  EntryGate gate(options);
  DestinationTree tree(options.destination, false);
  Progress progress("verify", "files", 0, reader.source_bytes(), options.quiet);
  std::uint64_t equal = 0, different = 0, passed = 0;
  std::string first_ones;
  Pieces pieces;
  while (const auto entry = reader.next()) {
    throw_if_stopped("nothing was changed");
    const auto path = gate.admit(*entry, reader);
    if (!path) continue;
    if (entry->type == EntryType::kFolder) {
      if (tree.folder(*path) != nullptr) continue;
      if (++different <= kShownDifferences) first_ones += "\n  " + *path + " is missing";
      continue;
    }
    if (const auto what = difference(tree, *path, reader, pieces)) {
      if (++different <= kShownDifferences) first_ones += "\n  " + *what;
    } else {
      ++equal;
    }
    progress.add(1, reader.source_position() - passed);
    passed = reader.source_position();
  }
  if (different > 0) {
    throw BadInput(fmt::format(
        "{}: {} of what {} holds are absent or different:{}{}\nRemove them and run extract again",
        options.destination.string(), different, options.archive.string(), first_ones,
        different > kShownDifferences ? "\n  …" : ""));
  }
  gate.check_split();
  ExtractReport report = gate.report();
  report.read = reader.bytes_read();
  report.kept = equal;
  return report;
}

}  // namespace rod
