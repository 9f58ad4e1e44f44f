// Why not LibTorch's caffe2::serialize::PyTorchStreamReader, which Debian's 1.13.1 and pip's 2.13
// both export with its header: in torch 2.13 it reads a weight whose CRC-32 does not match, and
// takes the later of two entries of one name, both without an error.
#include <fmt/format.h>

#include <optional>

#include "base/crc32.h"
#include "base/error.h"
#include "trainer/pth/little_endian.h"
#include "trainer/pth/zip.h"

namespace rod::trainer {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kMaxComment = 0xffff;
constexpr std::uint64_t kIn64 = 0xffffffff;  // the value is in the entry's zip64 field
constexpr std::uint16_t kZip64Field = 1;
constexpr std::uint16_t kEncrypted = 1, kStored = 0;

// A zip file, read with every bound checked.
class Parser {
 public:
  Parser(Bytes bytes, const std::string& path) : bytes_(bytes), path_(path) {}

  [[noreturn]] void refuse(const std::string& why) const {
    throw BadInput(fmt::format("{}: {}", path_, why));
  }

  Bytes part(std::uint64_t offset, std::uint64_t size, const char* what) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) {
      refuse(
          fmt::format("its {} at offset {} reaches past the end of the file; it is cut off or "
                      "damaged",
                      what, offset));
    }
    return bytes_.subspan(offset, size);
  }

  // Where the central directory begins, and how many entries and bytes it has.
  struct Directory {
    std::uint64_t offset, entries, bytes;
  };

  Directory find_directory() const {
    const std::optional<std::uint64_t> end = find_end();
    if (!end) refuse("no end of a zip file is found; it is cut off, or not a zip file");
    const Bytes record = part(*end, zip::kEndBytes, "end record");
    if (read_le(record.subspan(4), 2) != 0 && read_le(record.subspan(4), 2) != 0xffff) {
      refuse("it is one part of several; only whole files can be read");
    }
    Directory directory{read_le(record.subspan(16), 4), read_le(record.subspan(10), 2),
                        read_le(record.subspan(12), 4)};
    if (*end >= zip::kLocatorBytes) {
      const Bytes locator = part(*end - zip::kLocatorBytes, zip::kLocatorBytes, "zip64 locator");
      if (read_le(locator, 4) == zip::kEnd64Locator) {
        const Bytes record64 =
            part(read_le(locator.subspan(8), 8), zip::kEnd64Bytes, "zip64 end record");
        if (read_le(record64, 4) != zip::kEnd64) refuse("its zip64 end record is damaged");
        directory = {read_le(record64.subspan(48), 8), read_le(record64.subspan(32), 8),
                     read_le(record64.subspan(40), 8)};
      }
    }
    // Each takes zip::kCentralBytes at least: a number that can't be is found before memory is.
    if (directory.entries > bytes_.size() / zip::kCentralBytes) {
      refuse(fmt::format("it claims {} entries, more than fit into it", directory.entries));
    }
    return directory;
  }

  // Reads one entry of the central directory at `offset`, and moves it on to the next.
  std::pair<std::string, ZipReader::Entry> entry(std::uint64_t& offset) const {
    const Bytes fixed = part(offset, zip::kCentralBytes, "central directory");
    if (read_le(fixed, 4) != zip::kCentralHeader) {
      refuse(fmt::format("its central directory is damaged at offset {}", offset));
    }
    const auto name_bytes = read_le(fixed.subspan(28), 2),
               extra_bytes = read_le(fixed.subspan(30), 2),
               comment_bytes = read_le(fixed.subspan(32), 2);
    const std::string name = text(part(offset + zip::kCentralBytes, name_bytes, "entry's name"));
    std::uint64_t stored = read_le(fixed.subspan(20), 4), size = read_le(fixed.subspan(24), 4),
                  header = read_le(fixed.subspan(42), 4);
    read_zip64(part(offset + zip::kCentralBytes + name_bytes, extra_bytes, "entry's extra field"),
               name, {&size, &stored, &header});
    const bool plain = (read_le(fixed.subspan(8), 2) & kEncrypted) == 0 &&
                       read_le(fixed.subspan(10), 2) == kStored && stored == size;
    offset += zip::kCentralBytes + name_bytes + extra_bytes + comment_bytes;
    const auto crc = static_cast<std::uint32_t>(read_le(fixed.subspan(16), 4));
    return {name, {data(header, stored, name), crc, plain}};
  }

 private:
  static std::string text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  std::optional<std::uint64_t> find_end() const {
    if (bytes_.size() < zip::kEndBytes) return std::nullopt;
    const std::uint64_t last = bytes_.size() - zip::kEndBytes;
    const std::uint64_t first = last > kMaxComment ? last - kMaxComment : 0;
    for (std::uint64_t offset = last + 1; offset-- > first;) {
      if (read_le(bytes_.subspan(offset), 4) == zip::kEnd) return offset;
    }
    return std::nullopt;
  }

  // Sizes that don't fit 32 bits follow in this order, those that fit are left out.
  void read_zip64(Bytes extra, const std::string& name,
                  std::initializer_list<std::uint64_t*> values) const {
    while (extra.size() >= 4) {
      const std::uint64_t field = read_le(extra, 2), size = read_le(extra.subspan(2), 2);
      if (size > extra.size() - 4) refuse(fmt::format("the extra field of '{}' is damaged", name));
      Bytes content = extra.subspan(4, size);
      extra = extra.subspan(4 + size);
      if (field != kZip64Field) continue;
      for (std::uint64_t* value : values) {
        if (*value != kIn64) continue;
        if (content.size() < 8) refuse(fmt::format("the zip64 field of '{}' is too short", name));
        *value = read_le(content, 8);
        content = content.subspan(8);
      }
    }
  }

  Bytes data(std::uint64_t header, std::uint64_t size, const std::string& name) const {
    const Bytes local = part(header, zip::kLocalBytes, "local header");
    const std::uint64_t name_bytes = read_le(local.subspan(26), 2),
                        extra_bytes = read_le(local.subspan(28), 2);
    if (read_le(local, 4) != zip::kLocalHeader ||
        text(part(header + zip::kLocalBytes, name_bytes, "local header's name")) != name) {
      refuse(fmt::format("the header of '{}' at offset {} does not agree with the directory", name,
                         header));
    }
    return part(header + zip::kLocalBytes + name_bytes + extra_bytes, size,
                fmt::format("entry '{}'", name).c_str());
  }

  Bytes bytes_;
  const std::string& path_;
};

}  // namespace

ZipReader::ZipReader(std::span<const std::byte> bytes, const std::string& path) : path_(path) {
  const Parser parser(bytes, path_);
  const Parser::Directory directory = parser.find_directory();
  std::uint64_t offset = directory.offset;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    auto [name, entry] = parser.entry(offset);
    if (!entries_.emplace(name, entry).second) {
      parser.refuse(fmt::format("it has two entries '{}'", name));
    }
  }
  if (offset - directory.offset != directory.bytes) {
    parser.refuse(
        fmt::format("its central directory has {} bytes, {} by its end record; it is "
                    "damaged",
                    offset - directory.offset, directory.bytes));
  }
}

std::span<const std::byte> ZipReader::read(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) throw BadInput(fmt::format("{}: has no entry '{}'", path_, name));
  if (!found->second.plain) {
    throw BadInput(
        fmt::format("{}: its entry '{}' is compressed or encrypted, which torch.save() never "
                    "does; save it again with torch.save()",
                    path_, name));
  }
  const std::uint32_t crc = crc32<kIso3309>(found->second.data);
  if (crc != found->second.crc) {
    throw BadInput(
        fmt::format("{}: entry '{}' has the checksum {:08x}, expected {:08x}; the file is "
                    "damaged",
                    path_, name, crc, found->second.crc));
  }
  return found->second.data;
}

}  // namespace rod::trainer
