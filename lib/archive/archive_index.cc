#include "archive/archive_index.h"

#include <fmt/format.h>

#include "archive/archive_reader.h"
#include "archive/name_set.h"
#include "archive/safe_path.h"
#include "base/error.h"

namespace rod {

ArchiveIndex::ArchiveIndex(const std::filesystem::path& path, const io::FileOpener& open)
    : file_(open(path)) {
  ArchiveReader reader(path, 0, open);
  NameSet names;
  while (const auto entry = reader.next()) {
    if (!reader.is_plain_tar()) {
      throw BadInput(fmt::format(
          "{0}: is compressed or no tar, so its files can't be read one by one; unpack it first: "
          "rodprep extract {0} FOLDER",
          path.string()));
    }
    const std::string name = normal_path(entry->path);
    if (entry->type != EntryType::kFile || why_unsafe(name)) continue;
    if (const auto why = names.add(name, false)) {
      throw BadInput(fmt::format("{}: entry '{}' at byte {}: {}; make the archive again without it",
                                 path.string(), printable_path(name), entry->position, *why));
    }
    if (!entry->data_offset) {
      throw BadInput(
          fmt::format("{0}: entry '{1}' is stored sparsely; unpack the archive first: "
                      "rodprep extract {0} FOLDER",
                      path.string(), printable_path(name)));
    }
    files_.emplace(name, Item{*entry->data_offset, entry->size});
  }
}

void ArchiveIndex::read(const Item& item, std::vector<std::byte>& out) const {
  out.resize(item.size);
  io::read_exactly(*file_, out, item.offset);
}

}  // namespace rod
