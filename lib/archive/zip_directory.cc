#include "archive/zip_directory.h"

#include <fmt/format.h>
#include <libdeflate.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include "archive/safe_path.h"
#include "base/error.h"
#include "base/stop.h"

namespace rod::archive {
namespace {

constexpr std::string_view kLocalMark("PK\3\4", 4), kRecordMark("PK\1\2", 4), kEndMark("PK\5\6", 4),
    kEnd64Mark("PK\6\6", 4), kLocatorMark("PK\6\7", 4), kSizesMark("PK\7\x08", 4);
constexpr std::size_t kEndBytes = 22, kLocatorBytes = 20, kEnd64Bytes = 56, kRecordBytes = 46,
                      kLocalBytes = 30;
constexpr std::uint64_t kMostDirectory = 128 << 20;  // bytes: a million entries with long names
constexpr std::uint64_t kMostTarget = 4095;          // bytes of a link's
constexpr std::uint32_t kIn64 = 0xFFFFFFFF;          // the number stands in the Zip64 field
constexpr unsigned kSizesAfterData = 8, kUtf8 = 1 << 11;
constexpr unsigned kCompared =
    1 | 1 << 6 | kUtf8 | 1 << 13;  // flags that both headers must have alike

std::uint64_t little_endian(std::span<const std::byte> bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t n = 0; n < size; ++n)
    value |= std::to_integer<std::uint64_t>(bytes[at + n]) << (8 * n);
  return value;
}

bool has_mark(std::span<const std::byte> bytes, std::string_view mark) {
  return bytes.size() >= mark.size() && std::memcmp(bytes.data(), mark.data(), mark.size()) == 0;
}

// The bytes of an extra field; nothing where there is none, or the fields can't be read.
std::optional<std::span<const std::byte>> extra_field(std::span<const std::byte> extra,
                                                      unsigned id) {
  while (extra.size() >= 4) {
    const auto size = static_cast<std::size_t>(little_endian(extra, 2, 2));
    if (extra.size() - 4 < size) return std::nullopt;
    if (little_endian(extra, 0, 2) == id) return extra.subspan(4, size);
    extra = extra.subspan(4 + size);
  }
  return std::nullopt;
}

// Takes the numbers that the Zip64 field holds, in their order. False where it lacks one.
bool take_zip64(std::span<const std::byte> extra, std::initializer_list<std::uint64_t*> numbers) {
  auto rest = extra_field(extra, 1).value_or(std::span<const std::byte>());
  for (std::uint64_t* const value : numbers) {
    if (*value != kIn64) continue;
    if (rest.size() < 8) return false;
    *value = little_endian(rest, 0, 8);
    rest = rest.subspan(8);
  }
  return true;
}

// Where the end record begins, from the last bytes of a file; npos where there is none.
std::size_t find_end_record(std::span<const std::byte> tail) {
  const std::string_view text(reinterpret_cast<const char*>(tail.data()), tail.size());
  std::size_t longest = text.npos;  // the last one whose comment fits, but other bytes follow it
  for (auto at = text.rfind(kEndMark); at != text.npos;
       at = at == 0 ? text.npos : text.rfind(kEndMark, at - 1)) {
    if (tail.size() - at < kEndBytes) continue;
    const std::size_t end = at + kEndBytes + little_endian(tail, at + 20, 2);
    if (end == tail.size()) return at;
    if (end < tail.size() && longest == text.npos) longest = at;
  }
  return longest;
}

std::vector<std::byte> tail_of(const ReadAt& read, std::uint64_t size) {
  std::vector<std::byte> tail(
      static_cast<std::size_t>(std::min<std::uint64_t>(size, kEndBytes + 0xFFFF + 1024)));
  tail.resize(read(tail, size - tail.size()));
  return tail;
}

// One bit of the attributes parts a file from a link, and no checksum covers it. What makes links
// gives them a target that fits a path, and the right to pass through them or no rights at all.
const char* why_no_link(const ZipRecord& record, unsigned mode) {
  if (record.size == 0) return "it has no target";
  if (record.size > kMostTarget) return "its target would be longer than a path may be";
  if ((mode & 07777) != 0 && (mode & S_IXUSR) == 0) return "its permissions are those of a file";
  return nullptr;
}

}  // namespace

bool ends_as_zip(const ReadAt& read, std::uint64_t size) {
  return find_end_record(tail_of(read, size)) != std::string_view::npos;
}

ZipDirectory::ZipDirectory(ReadAt read, std::uint64_t size, std::string shown,
                           const std::function<void(std::string)>& warn)
    : read_(std::move(read)), size_(size), shown_(std::move(shown)) {
  read_records(find_end(warn));
}

std::vector<std::byte> ZipDirectory::bytes_at(std::uint64_t offset, std::size_t count,
                                              const char* what) const {
  std::vector<std::byte> bytes(count);
  if (offset > size_ || size_ - offset < count || read_(bytes, offset) < count) {
    throw BadInput(fmt::format(
        "{}: is damaged or cut: {} at byte {} is beyond its end; copy or download it again", shown_,
        what, offset));
  }
  return bytes;
}

ZipDirectory::End ZipDirectory::find_end(const std::function<void(std::string)>& warn) const {
  const std::vector<std::byte> tail = tail_of(read_, size_);
  const std::size_t at = find_end_record(tail);
  if (at == std::string_view::npos) {
    throw BadInput(
        fmt::format("{0}: is a zip whose end is missing: it is damaged or cut, or the first part "
                    "of several; copy or "
                    "download it again, or join the parts: zip -s 0 LAST.zip --out WHOLE.zip",
                    shown_));
  }
  const auto record = std::span(tail).subspan(at);
  End end{size_ - tail.size() + at, little_endian(record, 10, 2), little_endian(record, 12, 4),
          little_endian(record, 16, 4), true};
  const std::uint64_t comment_end = end.position + kEndBytes + little_endian(record, 20, 2);
  if (comment_end < size_)
    warn(fmt::format(
        "{}: data that belongs to no entry follows the zip, from byte {} on; it was ignored",
        shown_, comment_end));
  std::uint64_t disk = little_endian(record, 4, 2), first_disk = little_endian(record, 6, 2),
                here = little_endian(record, 8, 2);
  if (end.position >= kLocatorBytes) {
    const auto locator = bytes_at(end.position - kLocatorBytes, kLocatorBytes, "a record");
    if (has_mark(locator, kLocatorMark)) {
      std::uint64_t position = little_endian(locator, 8, 8);
      const std::uint64_t beside =
          end.position - kLocatorBytes -
          std::min<std::uint64_t>(end.position - kLocatorBytes, kEnd64Bytes);
      if (position > size_ - kEnd64Bytes ||
          !has_mark(bytes_at(position, 4, "a record"), kEnd64Mark))
        position = beside;  // bytes before the zip move it
      const auto wide = bytes_at(position, kEnd64Bytes, "the Zip64 end record");
      const auto differs = [&](std::uint64_t narrow, std::uint64_t none, std::uint64_t number) {
        return narrow != none && narrow != number;
      };
      const std::uint64_t count = little_endian(wide, 32, 8), size = little_endian(wide, 40, 8),
                          offset = little_endian(wide, 48, 8);
      if (!has_mark(wide, kEnd64Mark) || differs(end.count, 0xFFFF, count) ||
          differs(end.size, kIn64, size) || differs(end.offset, kIn64, offset)) {
        throw BadInput(fmt::format(
            "{}: is damaged at byte {}: its two end records disagree; copy or download it again",
            shown_, end.position));
      }
      disk = little_endian(wide, 16, 4);
      first_disk = little_endian(wide, 20, 4);
      here = little_endian(wide, 24, 8);
      end = {position, count, size, offset, false};
    }
  }
  if (disk != 0 || first_disk != 0 || here != end.count) {
    throw BadInput(
        fmt::format("{0}: is one part of several, or its end record is damaged; join the parts: "
                    "zip -s 0 '{0}' --out WHOLE.zip",
                    shown_));
  }
  if (end.size > end.position || end.offset > end.position - end.size) {
    throw BadInput(
        fmt::format("{}: is damaged or cut: its end record names a directory of {} bytes at byte "
                    "{}, which would reach beyond "
                    "the record at byte {}; copy or download it again",
                    shown_, end.size, end.offset, end.position));
  }
  return end;
}

void ZipDirectory::read_records(const End& end) {
  directory_ = end.position - end.size;
  prefix_ = directory_ - end.offset;
  if (end.size > kMostDirectory) {
    throw Error(ErrorKind::kNoRoom,
                fmt::format("{}: its directory of {} bytes is larger than {}; unpack it with unzip",
                            shown_, end.size, kMostDirectory));
  }
  const std::vector<std::byte> directory =
      bytes_at(directory_, static_cast<std::size_t>(end.size), "the directory");
  std::span<const std::byte> rest(directory);
  const auto disagree = [&](std::string_view why) {
    return BadInput(
        fmt::format("{}: is damaged: its directory at byte {} {}; copy or download it again",
                    shown_, end.position - rest.size(), why));
  };
  while (!rest.empty()) {
    if (records_.size() % 4096 == 0) throw_if_stopped("run the same command again");
    if (rest.size() < kRecordBytes || !has_mark(rest, kRecordMark))
      throw disagree("contains something that is not a record");
    ZipRecord record;
    const auto made_by = little_endian(rest, 5, 1);
    record.flags = static_cast<unsigned>(little_endian(rest, 8, 2));
    record.method = static_cast<unsigned>(little_endian(rest, 10, 2));
    record.crc = static_cast<std::uint32_t>(little_endian(rest, 16, 4));
    record.packed = little_endian(rest, 20, 4);
    record.size = little_endian(rest, 24, 4);
    const auto name = static_cast<std::size_t>(little_endian(rest, 28, 2)),
               extra = static_cast<std::size_t>(little_endian(rest, 30, 2)),
               comment = static_cast<std::size_t>(little_endian(rest, 32, 2));
    const auto attributes = little_endian(rest, 38, 4);
    record.offset = little_endian(rest, 42, 4);
    if (rest.size() - kRecordBytes < name + extra + comment) throw disagree("ends within a record");
    record.name.assign(reinterpret_cast<const char*>(rest.data()) + kRecordBytes, name);
    if (!take_zip64(rest.subspan(kRecordBytes + name, extra),
                    {&record.size, &record.packed, &record.offset}))
      throw disagree("lacks a Zip64 number");
    record.utf8 = (record.flags & kUtf8) != 0;
    const bool unix = made_by == 3 || made_by == 19;
    // A link stays one where the byte that says who made the archive says otherwise.
    const auto mode = attributes >> 16;
    const auto kind = unix || (mode & S_IFMT) == S_IFLNK ? mode & S_IFMT : 0;
    // The name alone makes a folder: Python and unzip go by its slash, libarchive by the
    // attributes.
    if (record.name.ends_with('/')) {
      record.type = EntryType::kFolder;
      if (record.size != 0)
        throw disagree(fmt::format("has a folder '{}' with data", printable_path(record.name)));
    } else if (kind == S_IFDIR || (!unix && (attributes & 0x10) != 0)) {
      throw disagree(
          fmt::format("calls '{}' a folder, its name a file", printable_path(record.name)));
    } else if (kind == S_IFLNK) {
      record.type = EntryType::kSymlink;
      if (const char* const why = why_no_link(record, static_cast<unsigned>(mode)))
        throw disagree(
            fmt::format("calls '{}' a symbolic link, but {}", printable_path(record.name), why));
    } else if (kind != S_IFREG && kind != 0) {
      throw disagree(fmt::format("calls '{}' a special file, which a zip can't contain",
                                 printable_path(record.name)));
    }
    if (record.offset > directory_ || directory_ - record.offset < prefix_)
      throw disagree("names an entry beyond itself");
    record.offset += prefix_;
    records_.push_back(std::move(record));
    rest = rest.subspan(kRecordBytes + name + extra + comment);
  }
  if (records_.size() != end.count &&
      !(end.count_is_modulo && records_.size() % 65536 == end.count))
    throw disagree(fmt::format("has {} entries, its end record {}", records_.size(), end.count));
  std::sort(records_.begin(), records_.end(),
            [](const ZipRecord& a, const ZipRecord& b) { return a.offset < b.offset; });
}

// With the sizes that follow the data where the flag says so: with and without a mark, of 4 and of
// 8 bytes.
std::uint64_t ZipDirectory::end_of_data(const ZipRecord& record) const {
  const auto disagree = [&](std::string_view what) {
    return BadInput(fmt::format(
        "{}: entry '{}' at byte {}: its header and the archive's directory disagree about {}; the "
        "archive is damaged, copy or download it again",
        shown_, printable_path(record.name), record.offset, what));
  };
  const auto head = bytes_at(record.offset, kLocalBytes, "an entry's header");
  if (!has_mark(head, kLocalMark)) throw disagree("where it is");
  const auto name = static_cast<std::size_t>(little_endian(head, 26, 2)),
             extra = static_cast<std::size_t>(little_endian(head, 28, 2));
  const auto text = bytes_at(record.offset + kLocalBytes, name + extra, "an entry's name");
  if (std::string_view(reinterpret_cast<const char*>(text.data()), name) != record.name)
    throw disagree("its name");
  const auto flags = static_cast<unsigned>(little_endian(head, 6, 2));
  if ((flags & kCompared) != (record.flags & kCompared)) throw disagree("its flags");
  if (little_endian(head, 8, 2) != record.method) throw disagree("how it is compressed");
  std::uint64_t crc = little_endian(head, 14, 4), packed = little_endian(head, 18, 4),
                size = little_endian(head, 22, 4);
  const bool after = (flags & kSizesAfterData) != 0;
  const auto own = std::span(text).subspan(name);
  if (after && (packed == kIn64 || size == kIn64) && !extra_field(own, 1)) {
    if (packed == kIn64) packed = 0;
    if (size == kIn64) size = 0;
  } else if (!take_zip64(own, {&size, &packed})) {
    throw disagree("its size");
  }
  if (after) {  // what was not known when the header was written is 0 there
    if (crc == 0) crc = record.crc;
    if (packed == 0) packed = record.packed;
    if (size == 0) size = record.size;
  }
  if (size != record.size || packed != record.packed) throw disagree("its size");
  if (crc != record.crc) throw disagree("its checksum");
  if (record.method == 0 && (flags & 1) == 0 && packed != size) throw disagree("its size");
  const std::uint64_t data = record.offset + kLocalBytes + name + extra;
  if (data > directory_ || packed > directory_ - data) throw disagree("its size");
  if (record.type == EntryType::kSymlink && (flags & 1) == 0) check_target(record, data);
  std::uint64_t end = data + packed;
  if (!after) return end;
  std::byte tail[24];
  const std::size_t got = read_(tail, end);
  for (const std::size_t mark : {4u, 0u}) {
    if (mark > 0 && !has_mark(std::span(tail).first(got), kSizesMark)) continue;
    for (const std::size_t width : {4u, 8u}) {
      const std::size_t bytes = mark + 4 + 2 * width;
      if (got >= bytes && bytes <= directory_ - end && little_endian(tail, mark, 4) == record.crc &&
          little_endian(tail, mark + 4, width) == record.packed &&
          little_endian(tail, mark + 4 + width, width) == record.size) {
        return end + bytes;
      }
    }
  }
  throw disagree("the sizes after its data");
}

// A file that the attributes call a link is told by its bytes. Other methods than the usual two are
// not decoded here.
void ZipDirectory::check_target(const ZipRecord& record, std::uint64_t data) const {
  if ((record.method != 0 && record.method != 8) || record.packed > 2 * kMostTarget) return;
  std::vector<std::byte> target =
      bytes_at(data, static_cast<std::size_t>(record.packed), "a link's target");
  if (record.method == 8) {
    const std::vector<std::byte> packed = std::exchange(target, {});
    target.resize(static_cast<std::size_t>(record.size));
    const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decoder(
        libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
    if (!decoder) throw std::bad_alloc();
    if (libdeflate_deflate_decompress(decoder.get(), packed.data(), packed.size(), target.data(),
                                      target.size(), nullptr) != LIBDEFLATE_SUCCESS)
      target.clear();
  }
  const bool text = std::none_of(target.begin(), target.end(),
                                 [](std::byte byte) { return byte < std::byte{0x20}; });
  if (text && target.size() == record.size &&
      libdeflate_crc32(0, target.data(), target.size()) == record.crc)
    return;
  throw BadInput(fmt::format(
      "{}: entry '{}' at byte {}: the archive's directory calls it a symbolic link, and its data "
      "is not a valid target; the archive is damaged, copy or download it again",
      shown_, printable_path(record.name), record.offset));
}

void ZipDirectory::check_entry(std::size_t n) const {
  const std::uint64_t end = end_of_data(records_[n]),
                      next = n + 1 < records_.size() ? records_[n + 1].offset : directory_;
  if (end > next) {
    throw BadInput(
        fmt::format("{}: entry '{}' at byte {} overlaps what follows at byte {}; the archive is "
                    "damaged or hostile",
                    shown_, printable_path(records_[n].name), records_[n].offset, next));
  }
  if (n == 0) {
    if (has_entry(0, prefix_)) {
      throw BadInput(fmt::format(
          "{0}: another zip archive lies before it, which ends at byte {1}; split them: head -c "
          "{1} '{0}' > FIRST.zip; tail -c +{2} '{0}' > SECOND.zip",
          shown_, prefix_, prefix_ + 1));
    }
    refuse_hidden_entry(prefix_, records_[0].offset);
  }
  refuse_hidden_entry(end, next);
}

bool ZipDirectory::has_entry(std::uint64_t begin, std::uint64_t end) const {
  std::byte mark[4];
  return end - begin >= kLocalBytes && read_(mark, begin) == 4 && has_mark(mark, kLocalMark);
}

void ZipDirectory::refuse_hidden_entry(std::uint64_t begin, std::uint64_t end) const {
  if (!has_entry(begin, end)) return;
  throw BadInput(
      fmt::format("{0}: has an entry at byte {1} that its directory lacks; the archive is damaged, "
                  "or was changed by "
                  "a program that leaves deleted entries in it: zip -FF '{0}' --out NEW.zip",
                  shown_, begin));
}

}  // namespace rod::archive
