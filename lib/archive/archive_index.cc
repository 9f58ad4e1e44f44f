#include "archive/archive_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

#include "archive/archive_reader.h"
#include "archive/name_set.h"
#include "archive/safe_path.h"
#include "base/error.h"
#include "base/progress.h"
#include "base/stop.h"
#include "base/units.h"

namespace rod::archive {
namespace {

constexpr std::size_t kUnpackedPiece = 1 << 20;

// Unpacks the files that can't be read where they lie.
class Unpacker {
 public:
  Unpacker(ArchiveReader& reader, const std::string& shown, const IndexOptions& options)
      : reader_(reader),
        spool_(
            options.spool,
            fmt::format("{}: is compressed or no plain tar, and to keep its files unpacked while "
                        "they are read",
                        shown),
            fmt::format("unpack it first: rodprep extract '{}' FOLDER", shown)),
        progress_("unpack", "files", 0, reader.source_bytes(), options.quiet) {}

  ArchiveIndex::Item unpack() {
    ArchiveIndex::Item item{spool_.size(), 0, true};
    while (const std::size_t got = reader_.read(piece_)) {
      spool_.append(std::span(piece_).first(got));
      item.size += got;
    }
    progress_.add(1, reader_.source_position() - std::exchange(passed_, reader_.source_position()));
    return item;
  }

  io::File finish() {
    progress_.finish();
    return spool_.take();
  }

 private:
  ArchiveReader& reader_;
  io::Spool spool_;
  Progress progress_;
  std::uint64_t passed_ = 0;
  std::vector<std::byte> piece_ = std::vector<std::byte>(kUnpackedPiece);
};

}  // namespace

ArchiveIndex::ArchiveIndex(const std::filesystem::path& path, const IndexOptions& options)
    : file_(options.open(path)) {
  ArchiveReader reader(path, {.open = options.open,
                              .concatenated = options.concatenated,
                              .name_encoding = options.name_encoding,
                              .spool = options.spool});
  Progress progress("list", "files", 0, reader.source_bytes(),
                    options.quiet || !options.distant || !reader.is_plain_tar());
  std::uint64_t passed = 0;
  NameSet names;
  std::optional<Unpacker> unpacker;
  std::uint64_t entries = 0;
  while (const auto entry = reader.next()) {
    throw_if_stopped("run the same command again");
    if (++entries > options.limit_entries) {
      throw Error(ErrorKind::kNoRoom,
                  fmt::format("{}: has more than {} entries; split it", path.string(),
                              format_count(options.limit_entries)));
    }
    progress.add(1, reader.source_position() - std::exchange(passed, reader.source_position()));
    const std::string name = normal_path(entry->path);
    if (name.empty() && entry->type == EntryType::kFolder) continue;
    const auto refuse = [&](std::string why) {
      refused_.emplace_back(printable_path(entry->path), std::move(why));
    };
    if (auto why = why_unsafe(name)) {
      if (why->find("UTF-8") != why->npos) {
        *why += options.name_encoding.empty()
                    ? "; --name-encoding GBK, BIG5, CP932, CP437 or another tells which it is"
                    : fmt::format(", nor {}; try another --name-encoding", options.name_encoding);
      }
      refuse(*std::move(why));
      continue;
    }
    if (entry->type == EntryType::kFolder) {
      if (auto why = names.add(name, true)) refuse(*std::move(why));
      continue;
    }
    const bool is_link = entry->type == EntryType::kHardlink;
    if (entry->type != EntryType::kFile && !is_link) {
      refuse(fmt::format("it is a {}", entry_type_name(entry->type)));
      continue;
    }
    const auto linked = is_link ? files_.find(normal_path(entry->target)) : files_.end();
    if (is_link && linked == files_.end()) {
      refuse(fmt::format("it is a hard link to '{}', which is no earlier file of the archive",
                         printable_path(entry->target)));
      continue;
    }
    if (const auto why = names.add(name, false)) {
      if (*why != kComesTwice) {
        refuse(*why);
        continue;
      }
      throw BadInput(fmt::format(
          "{}: entry '{}' at byte {}: {}, and tar keeps the later one; make the archive again "
          "without the older one",
          path.string(), printable_path(name), entry->position, *why));
    }
    if (is_link) {
      const Item item = linked->second;  // a copy, as the table may move when it grows
      files_.emplace(name, item);
    } else if (reader.is_plain_tar() && entry->data_offset) {
      files_.emplace(name, Item{*entry->data_offset, entry->size});
    } else {
      if (!unpacker) unpacker.emplace(reader, path.string(), options);
      files_.emplace(name, unpacker->unpack());
    }
  }
  if (unpacker) spooled_ = unpacker->finish();
  warnings_ = reader.warnings();
}

void ArchiveIndex::read(const Item& item, std::vector<std::byte>& out) const {
  out.resize(item.size);
  if (item.spooled) {
    spooled_.read_exactly(out, item.offset);
  } else {
    io::read_exactly(*file_, out, item.offset);
  }
}

}  // namespace rod::archive
