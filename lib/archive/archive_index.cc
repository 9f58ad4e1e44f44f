#include "archive/archive_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <unordered_map>

#include "archive/archive_reader.h"
#include "archive/name_set.h"
#include "archive/safe_path.h"
#include "base/error.h"
#include "base/machine.h"
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
        spool_(options.spool,
               fmt::format("{}: is not a plain tar, and unpacking its files to read them", shown),
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

// What the list of an archive's entries takes.
class ListMemory {
 public:
  ListMemory(std::string shown, std::uint64_t limit)
      : shown_(std::move(shown)), limit_(limit > 0 ? limit : available_memory() / 2) {}

  // Throws Error(kNoRoom) when the list grows too large.
  void count(const ArchiveEntry& entry) {
    // What is kept of a file, its hashes, and as much again while the list grows or is sorted.
    constexpr std::uint64_t kEntry = 192;
    ++entries_;
    if ((bytes_ += kEntry + entry.path.size()) <= limit_) return;
    throw Error(ErrorKind::kNoRoom,
                fmt::format("{}: has more than {} entries, and their list needs more than {} of "
                            "memory; use a machine with more, or split the archive, and add its "
                            "pieces one by one: rodprep cache, then rodprep cache --append",
                            shown_, format_count(entries_ - 1), format_size(double(limit_))));
  }

 private:
  const std::string shown_;
  const std::uint64_t limit_;
  std::uint64_t bytes_ = 0, entries_ = 0;
};

// Files in the archive's order, found by name where a hard link asks for it.
class FilesSoFar {
 public:
  using Item = ArchiveIndex::Item;
  struct File {
    std::string_view path;
    Item item;
  };

  explicit FilesSoFar(TextPool& texts) : texts_(texts) {}

  void add(std::string_view path, const Item& item) {
    files_.push_back({texts_.add(path), item});
    if (!by_path_.empty()) by_path_.emplace(files_.back().path, files_.size() - 1);
  }

  // Null: there is no such file.
  const Item* find(std::string_view path) {
    if (by_path_.empty()) {
      for (std::size_t n = 0; n < files_.size(); ++n) by_path_.emplace(files_[n].path, n);
    }
    const auto found = by_path_.find(path);
    return found == by_path_.end() ? nullptr : &files_[found->second].item;
  }

  std::vector<File> take_sorted() {
    std::sort(files_.begin(), files_.end(),
              [](const File& a, const File& b) { return a.path < b.path; });
    return std::move(files_);
  }

 private:
  TextPool& texts_;
  std::vector<File> files_;
  std::unordered_map<std::string_view, std::size_t> by_path_;  // empty before the first hard link
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
  const std::string shown = path.string();
  ListMemory memory(shown, options.limit_memory);
  FilesSoFar files(texts_);
  while (const auto entry = reader.next()) {
    throw_if_stopped("run the same command again");
    memory.count(*entry);
    progress.add(1, reader.source_position() - std::exchange(passed, reader.source_position()));
    const std::string name = normal_path(entry->path);
    if (name.empty() && entry->type == EntryType::kFolder) continue;
    const auto refuse = [&](std::string why) {
      refused_.emplace_back(printable_path(entry->path), std::move(why));
    };
    if (auto why = why_unsafe(name)) {
      if (why->find("UTF-8") != why->npos) {
        *why += options.name_encoding.empty()
                    ? "; --name-encoding GBK, BIG5, CP932, CP437 or another names its encoding"
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
    const Item* const linked = is_link ? files.find(normal_path(entry->target)) : nullptr;
    if (is_link && linked == nullptr) {
      refuse(fmt::format("it is a hard link to '{}', which is not an earlier file of the archive",
                         printable_path(entry->target)));
      continue;
    }
    if (const auto why = names.add(name, false)) {
      if (*why != kComesTwice) {
        refuse(*why);
        continue;
      }
      throw BadInput(
          fmt::format("{}: entry '{}' at byte {}: {}, and tar keeps the later one; write the "
                      "archive again without the older one",
                      path.string(), printable_path(name), entry->position, *why));
    }
    if (is_link) {
      const Item item = *linked;  // a copy, as the list may move when it grows
      files.add(name, item);
    } else if (reader.is_plain_tar() && entry->data_offset) {
      files.add(name, Item{*entry->data_offset, entry->size});
    } else {
      if (!unpacker) unpacker.emplace(reader, shown, options);
      files.add(name, unpacker->unpack());
    }
  }
  for (const auto& [name, item] : files.take_sorted()) {
    files_.push_back(name);
    items_.push_back(item);
  }
  index_ = TextIndex(files_);
  if (unpacker) spooled_ = unpacker->finish();
  warnings_ = reader.warnings();
}

const ArchiveIndex::Item* ArchiveIndex::find(std::string_view path) const {
  const auto found = index_.find(files_, path);
  return found ? &items_[*found] : nullptr;
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
