#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <functional>

#include "archive/safe_path.h"
#include "base/crc32.h"
#include "base/error.h"
#include "base/progress.h"
#include "base/stop.h"
#include "prepare/extract/destination_tree.h"
#include "prepare/extract/entry_gate.h"
#include "prepare/extract/extract.h"
#include "prepare/extract/plan.h"

namespace rod::prepare {
namespace {

constexpr std::size_t kPiece = 1 << 20;
constexpr std::size_t kShownDifferences = 5;

struct Pieces {
  std::vector<std::byte> packed = std::vector<std::byte>(kPiece),
                         unpacked = std::vector<std::byte>(kPiece);
};

// The file at `path` below the tree, if it is there.
std::optional<io::File> open_file(DestinationTree& tree, const std::string& path) {
  const SplitPath place = split_path(path);
  const auto folder = tree.folder(place.folder);
  if (folder == nullptr || !existing_size(*folder, place.name)) return std::nullopt;
  std::optional<io::File> file = open_existing(*folder, place.name);
  if (!file) throw_errno(folder->file.path() + "/" + place.name, "open");
  return file;
}

// What is wrong with the file at `path`, or nothing. Takes what it should hold from `next_piece`.
// The file's own checksum is compared with that of the archive's list, where it has one: another
// way than by the bytes that were decoded.
std::optional<std::string> difference(
    DestinationTree& tree, const std::string& path, std::optional<std::uint32_t> crc,
    Pieces& pieces, const std::function<std::size_t(std::span<std::byte>)>& next_piece) {
  const std::optional<io::File> file = open_file(tree, path);
  if (!file) return path + " is missing";
  auto& [packed, unpacked] = pieces;
  std::uint32_t found = 0;
  for (std::uint64_t offset = 0;;) {
    throw_if_stopped("nothing was changed");
    const std::size_t wanted = next_piece(packed);
    // One byte more at the end of the entry: the file must end there too.
    const std::size_t got =
        file->read_some(std::span(unpacked).first(std::max<std::size_t>(wanted, 1)), offset);
    const auto same = std::mismatch(packed.begin(), packed.begin() + std::ptrdiff_t(wanted),
                                    unpacked.begin(), unpacked.begin() + std::ptrdiff_t(got));
    if (got != wanted || same.first != packed.begin() + std::ptrdiff_t(wanted)) {
      return fmt::format("{} differs from byte {} on", path,
                         offset + std::uint64_t(same.first - packed.begin()));
    }
    if (crc) found = crc32<kIso3309>(std::span<const std::byte>(unpacked).first(got), found);
    if (wanted == 0) break;
    offset += wanted;
  }
  if (crc && *crc != found) return path + " does not have the checksum of the archive's directory";
  return std::nullopt;
}

// A hard link of the archive has the bytes of the earlier file, which was compared with the archive
// itself.
std::optional<std::string> difference_of_link(DestinationTree& tree, const std::string& path,
                                              const std::string& target, Pieces& pieces) {
  const std::optional<io::File> earlier = open_file(tree, target);
  if (!earlier) return target + " is missing";
  std::uint64_t offset = 0;
  return difference(tree, path, std::nullopt, pieces, [&](std::span<std::byte> out) {
    const std::size_t got = earlier->read_some(out, offset);
    offset += got;
    return got;
  });
}

}  // namespace

ExtractReport verify_extract(const ExtractOptions& options) {
  archive::ArchiveOptions reading = archive_options(options);
  reading.gzip_by_zlib = true;  // another route than extraction took
  archive::ArchiveReader reader(options.archive, reading);
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
    if (entry->type == archive::EntryType::kFolder) {
      if (tree.folder(*path) != nullptr) continue;
      if (++different <= kShownDifferences) first_ones += "\n  " + *path + " is missing";
      continue;
    }
    const auto what =
        entry->type == archive::EntryType::kHardlink
            ? difference_of_link(tree, *path, archive::normal_path(entry->target), pieces)
            : difference(tree, *path, entry->crc, pieces,
                         [&](std::span<std::byte> out) { return reader.read(out); });
    if (what) {
      if (++different <= kShownDifferences) first_ones += "\n  " + *what;
    } else {
      ++equal;
    }
    progress.add(1, reader.source_position() - passed);
    passed = reader.source_position();
  }
  if (different > 0) {
    throw BadInput(
        fmt::format("{}: {} of the entries of {} are missing or different:{}{}\nRemove them and "
                    "run extract again",
                    options.destination.string(), different, options.shown(), first_ones,
                    different > kShownDifferences ? "\n  …" : ""));
  }
  gate.check_selection();
  ExtractReport report = gate.report();
  report.read = reader.bytes_read();
  report.warnings = reader.warnings();
  report.kept = equal;
  return report;
}

}  // namespace rod::prepare
