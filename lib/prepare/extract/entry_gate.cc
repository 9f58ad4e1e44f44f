#include "prepare/extract/entry_gate.h"

#include <fmt/format.h>

#include "archive/decoder.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/units.h"
#include "prepare/extract/state.h"

namespace rod::prepare {
namespace {

const char* const kNoUtf8 = "its name is not valid UTF-8";

}  // namespace

std::optional<std::string> EntryGate::admit(const archive::ArchiveEntry& entry,
                                            const archive::ArchiveReader& reader) {
  if (++entries_ > options_.limit_entries) {
    throw Error(ErrorKind::kNoRoom,
                fmt::format("{}: has more than {} entries; if that is right, raise --limit-entries",
                            options_.shown(), format_count(options_.limit_entries)));
  }
  const std::string path = archive::normal_path(entry.path);
  const bool is_root = path.empty() && entry.type == archive::EntryType::kFolder;
  if (is_root || (!path.empty() && !selection_.take(path))) return std::nullopt;
  if (const auto why = why_refused(entry, path)) {
    if (*why == archive::kComesTwice) {  // to skip it would keep the older one
      const bool is_tar = reader.is_plain_tar() || !reader.skips_by_seeking();
      const std::string command =
          is_tar ? fmt::format("tar {}-xf {} -C '{}'", options_.concatenated ? "-i " : "",
                               options_.quoted(), options_.destination.string())
                 : fmt::format("7z x -aoa {} -o'{}'", options_.quoted(),
                               options_.destination.string());
      throw BadInput(fmt::format(
          "{0}: entry '{1}' at byte {2} is refused: {3}, and other programs keep the later one; "
          "unpack it with one of them: {4}, or leave both out with --exclude '{1}'",
          options_.shown(), archive::printable_path(path), entry.position, *why, command));
    }
    const bool link_or_special =
        entry.type != archive::EntryType::kFile && entry.type != archive::EntryType::kFolder;
    if (!options_.skip_bad && !(options_.skip_links && link_or_special)) {
      throw BadInput(
          fmt::format("{}: entry '{}' at byte {} is refused: {}; {} leaves such entries out",
                      options_.shown(), archive::printable_path(entry.path), entry.position, *why,
                      link_or_special ? "--skip-links" : "--on-error skip"));
    }
    report_.skipped.push_back(archive::printable_path(entry.path) + ": " + *why);
    return std::nullopt;
  }
  if (entry.type != archive::EntryType::kFolder) {
    const std::uint64_t size = size_of(entry);
    ++report_.files;
    count(size, reader);
    sizes_[hash64(path)] = size;
  }
  return path;
}

std::optional<std::string> EntryGate::why_refused(const archive::ArchiveEntry& entry,
                                                  const std::string& path) {
  if (auto why = archive::why_unsafe(path, options_.paths)) {
    if (*why == kNoUtf8 && options_.name_encoding.empty())
      *why +=
          ", so its encoding must be given: --name-encoding GBK, BIG5, CP932, CP437 or another "
          "that iconv knows";
    else if (*why == kNoUtf8)
      *why += fmt::format(", nor {}; try another --name-encoding", options_.name_encoding);
    return why;
  }
  if (path.substr(0, path.find('/')) == kStateFolder)
    return "its name is reserved for unfinished work";
  if (entry.type == archive::EntryType::kHardlink) {
    const std::string target = archive::normal_path(entry.target);
    if (archive::why_unsafe(target, options_.paths) || sizes_.count(hash64(target)) == 0) {
      return fmt::format(
          "it is a hard link to '{}', which is not among the files unpacked before it",
          archive::printable_path(entry.target));
    }
  } else if (entry.type != archive::EntryType::kFile && entry.type != archive::EntryType::kFolder) {
    return fmt::format("it is a {}", archive::entry_type_name(entry.type));
  }
  return names_.add(path, entry.type == archive::EntryType::kFolder);
}

void EntryGate::note(const std::string& path, std::uint64_t size) {
  tree_.add_file(path, size);
  sizes_[hash64(path)] = size;
}

std::uint64_t EntryGate::size_of(const archive::ArchiveEntry& entry) const {
  if (entry.type != archive::EntryType::kHardlink) return entry.size_known ? entry.size : 0;
  const auto found = sizes_.find(hash64(archive::normal_path(entry.target)));
  return found == sizes_.end() ? 0 : found->second;
}

void EntryGate::count(std::uint64_t bytes, const archive::ArchiveReader& reader) {
  // A subtraction, as a hostile size may overflow a sum.
  if (report_.bytes > options_.limit_bytes || bytes > options_.limit_bytes - report_.bytes) {
    throw Error(ErrorKind::kNoRoom,
                fmt::format("{}: unpacks to more than {}; if that is right, raise --limit-bytes",
                            options_.shown(), format_size(double(options_.limit_bytes))));
  }
  // Of a pipe only what has come is known, and the new bytes have not come yet.
  if (reader.source_bytes() == 0) check_ratio(report_.bytes, reader);
  report_.bytes += bytes;
  if (reader.source_bytes() > 0) check_ratio(report_.bytes, reader);
}

void EntryGate::check_ratio(std::uint64_t bytes, const archive::ArchiveReader& reader) const {
  const std::uint64_t packed =
      reader.source_bytes() > 0 ? reader.source_bytes() : reader.source_position();
  if (bytes <= archive::kHarmlessBytes || bytes / options_.limit_ratio <= packed) return;
  throw Error(
      ErrorKind::kNoRoom,
      fmt::format(
          "{}: unpacks to more than {} times its own size; if that is right, raise --limit-ratio",
          options_.shown(), options_.limit_ratio));
}

void EntryGate::restore(const std::string& path, bool is_folder, std::uint64_t size) {
  names_.add(path, is_folder);
  selection_.take(path);
  if (is_folder) return;
  note(path, size);
  ++report_.files;
  report_.bytes += size;
}

void EntryGate::check_selection() const {
  const bool by_pattern = !options_.include.empty() || !options_.exclude.empty();
  if (by_pattern && report_.files == 0 && names_.folders() == 0 && skipped().empty()) {
    throw BadInput(
        fmt::format("{}: no entry is selected by --include and --exclude; see the paths with "
                    "'rodprep extract --list'",
                    options_.shown()));
  }
  if (selection_.missing() == 0) return;
  throw BadInput(
      fmt::format("{}: lacks {} of the files that --split's list names; check that list and "
                  "archive belong together",
                  options_.shown(), format_count(selection_.missing())));
}

TreeSum EntryGate::tree() const {
  TreeSum tree = tree_;
  tree.folders = names_.folders();
  tree.sum += names_.folder_sum();
  return tree;
}

ExtractReport EntryGate::report() const {
  ExtractReport report = report_;
  report.folders = names_.folders();
  return report;
}

}  // namespace rod::prepare
