#include "archive/archive_index.h"

#include <fmt/format.h>

#include "archive/archive_reader.h"
#include "archive/name_set.h"
#include "archive/safe_path.h"
#include "base/error.h"

namespace rod::archive {

ArchiveIndex::ArchiveIndex(const std::filesystem::path& path, const io::FileOpener& open,
                           const std::string& name_encoding)
    : file_(open(path)) {
  ArchiveReader reader(path, {.open = open, .name_encoding = name_encoding});
  NameSet names;
  while (const auto entry = reader.next()) {
    if (!reader.is_plain_tar()) {
      throw BadInput(fmt::format(
          "{0}: is compressed or no tar, so its files can't be read one by one; unpack it first: "
          "rodprep extract {0} FOLDER",
          path.string()));
    }
    const std::string name = normal_path(entry->path);
    if (name.empty() && entry->type == EntryType::kFolder) continue;
    const auto refuse = [&](std::string why) {
      refused_.emplace_back(printable_path(entry->path), std::move(why));
    };
    if (auto why = why_unsafe(name)) {
      if (why->find("UTF-8") != why->npos) *why += "; --name-encoding tells which it is";
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
      refuse("it is a hard link to no earlier file of the archive");
      continue;
    }
    if (const auto why = names.add(name, false)) {
      throw BadInput(fmt::format("{}: entry '{}' at byte {}: {}; make the archive again without it",
                                 path.string(), printable_path(name), entry->position, *why));
    }
    if (is_link) {
      const Item item = linked->second;  // a copy, as the table may move when it grows
      files_.emplace(name, item);
      continue;
    }
    if (!entry->data_offset) {
      throw BadInput(
          fmt::format("{0}: entry '{1}' is stored sparsely; unpack the archive first: "
                      "rodprep extract {0} FOLDER",
                      path.string(), printable_path(name)));
    }
    files_.emplace(name, Item{*entry->data_offset, entry->size});
  }
  warnings_ = reader.warnings();
}

void ArchiveIndex::read(const Item& item, std::vector<std::byte>& out) const {
  out.resize(item.size);
  io::read_exactly(*file_, out, item.offset);
}

}  // namespace rod::archive
