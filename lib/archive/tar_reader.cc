#include "archive/tar_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "archive/safe_path.h"
#include "base/error.h"
#include "base/stop.h"

namespace rod::archive {
namespace {

constexpr std::uint64_t kMostName = 1 << 20;    // bytes of a GNU long name
constexpr std::uint64_t kMostPax = 16 << 20;    // bytes of one entry's pax records
constexpr std::size_t kMostSegments = 1 << 20;  // of a sparse file: 16 MiB
constexpr std::size_t kOldGnuSegments = 4, kExtendedSegments = 21;

std::string_view field(std::span<const std::byte> block, std::size_t at, std::size_t size) {
  return {reinterpret_cast<const char*>(block.data()) + at, size};
}

std::string text_field(std::span<const std::byte> block, std::size_t at, std::size_t size) {
  const std::string_view text = field(block, at, size);
  return std::string(text.substr(0, text.find('\0')));
}

// Octal digits, or base 256 where the first bit is set; nothing for a negative number or other
// characters.
std::optional<std::uint64_t> number(std::string_view text) {
  if (!text.empty() && (static_cast<unsigned char>(text[0]) & 0x80) != 0) {
    std::uint64_t value = static_cast<unsigned char>(text[0]) & 0x7F;
    if (value & 0x40) return std::nullopt;
    for (const char byte : text.substr(1)) {
      if (value >> 55 != 0) return std::nullopt;
      value = value << 8 | static_cast<unsigned char>(byte);
    }
    return value;
  }
  text = text.substr(0, text.find('\0'));
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  std::uint64_t value = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '7' || value >> 60 != 0) return std::nullopt;
    value = value << 3 | static_cast<unsigned>(digit - '0');
  }
  return value;
}

std::optional<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value >> 63 != 0)
    return std::nullopt;
  return value;
}

std::uint64_t padding_after(std::uint64_t size) {
  return (kTarBlock - size % kTarBlock) % kTarBlock;
}

}  // namespace

bool is_tar_header(std::span<const std::byte> block) {
  if (block.size() < kTarBlock) return false;
  const auto wanted = number(field(block, 148, 8));
  if (!wanted || field(block, 148, 8).find_first_of("01234567") == std::string_view::npos)
    return false;
  std::uint64_t sum = 0;
  std::int64_t signed_sum = 0;  // what some old programs computed
  for (std::size_t at = 0; at < kTarBlock; ++at) {
    const bool own = at >= 148 && at < 156;
    const auto byte = own ? 0x20u : std::to_integer<unsigned>(block[at]);
    sum += byte;
    signed_sum += static_cast<signed char>(byte);
  }
  return sum == *wanted || (signed_sum >= 0 && std::uint64_t(signed_sum) == *wanted);
}

bool is_zero_block(std::span<const std::byte> block) {
  return std::all_of(block.begin(), block.end(),
                     [](std::byte byte) { return byte == std::byte{}; });
}

BadInput TarReader::damaged(std::string_view why) const {
  return BadInput(fmt::format(
      "{}: is damaged or cut at byte {}{}: {}; copy or download it again", options_.shown,
      position_, current_.empty() ? "" : fmt::format(" ('{}')", printable_path(current_)), why));
}

BadInput TarReader::cut_in_entry() const {
  if (!gnu_) return damaged("it ends within this entry");
  return BadInput(fmt::format(
      "{}: is cut at byte {} ('{}'): it ends within this entry; copy or download it again, or if "
      "it is the first of several volumes, unpack them together: tar -M -xf FIRST -f SECOND …",
      options_.shown, position_, printable_path(current_)));
}

BadInput TarReader::later_volume() const {
  return BadInput(
      fmt::format("{}: is a later volume of a multi-volume tar: its first entry begins in the "
                  "volume before; unpack them together: tar -M -xf FIRST -f SECOND …",
                  options_.shown));
}

void TarReader::skip_rest() {
  const std::uint64_t rest = stored_ + padding_;
  if (in_.skip(rest) < rest) throw cut_in_entry();
  stored_ = padding_ = 0;
  sparse_ = false;
  segments_.clear();
}

// Whether the tar ends here, by its mark or without.
bool TarReader::at_last_block() {
  const auto block = in_.peek(kTarBlock);
  if (block.size() >= kTarBlock && !is_zero_block(block.first(kTarBlock))) return false;
  if (!block.empty() && block.size() < kTarBlock && !is_zero_block(block)) {
    position_ = in_.position();
    throw damaged("it ends within a header");
  }
  const std::uint64_t position = in_.position();
  in_.consume(std::min(block.size(), kTarBlock));
  const auto second = in_.peek(kTarBlock);
  if (second.size() < kTarBlock && is_zero_block(second)) {
    in_.consume(second.size());
    if (!mark_seen_) {
      options_.warn(
          fmt::format("{}: ends at byte {} without a tar's end mark; its last entry is complete, "
                      "but others may be missing",
                      options_.shown, position));
    }
    return true;
  }
  mark_seen_ = true;
  return !read_on_after_mark();
}

// Reads to the end of the source. True where entries follow that are to be read.
bool TarReader::read_on_after_mark() {
  for (;;) {
    throw_if_stopped("run the same command again");
    const auto block = in_.peek(kTarBlock);
    if (block.empty()) return false;
    const auto head = block.first(std::min(block.size(), kTarBlock));
    if (is_zero_block(head)) {
      in_.consume(head.size());
      continue;
    }
    const std::uint64_t position = in_.position();
    if (is_tar_header(head)) {
      if (options_.concatenated) return true;
      throw BadInput(
          fmt::format("{}: another tar follows the end mark of the first one, at byte {}; "
                      "--concatenated reads its entries too",
                      options_.shown, position));
    }
    options_.warn(fmt::format(
        "{}: data that belongs to no entry follows the end mark, from byte {} on; it was ignored",
        options_.shown, position));
    while (!options_.plain && in_.skip(1 << 20) > 0) throw_if_stopped("run the same command again");
    return false;
  }
}

std::string TarReader::read_extension(std::uint64_t size, std::uint64_t most, const char* what) {
  if (size > most) throw damaged(fmt::format("{} of {} bytes are more than {}", what, size, most));
  std::string text(size, '\0');
  const std::uint64_t padding = padding_after(size);
  if (in_.read(std::as_writable_bytes(std::span(text))) < size || in_.skip(padding) < padding)
    throw damaged(fmt::format("it ends within {}", what));
  return text;
}

// "LENGTH KEY=VALUE\n", where LENGTH counts all of it.
TarReader::Records TarReader::parse_pax(std::string_view text) const {
  Records records;
  while (!text.empty()) {
    const auto blank = text.find(' ');
    const auto length = decimal(text.substr(0, std::min(blank, text.size())));
    if (blank == text.npos || !length || *length > text.size() || *length < blank + 3 ||
        text[*length - 1] != '\n') {
      throw damaged("a pax record can't be read");
    }
    const std::string_view record = text.substr(blank + 1, *length - blank - 2);
    const auto equals = record.find('=');
    if (equals == record.npos || equals == 0) throw damaged("a pax record can't be read");
    records.emplace_back(record.substr(0, equals), record.substr(equals + 1));
    text.remove_prefix(*length);
  }
  return records;
}

void TarReader::apply_pax(const std::string& text, Extensions& extensions) const {
  for (auto& [key, value] : parse_pax(text)) {
    if (key == "path") extensions.path = is_utf8(value) ? value : names_.to_utf8(value);
    if (key == "linkpath") extensions.target = is_utf8(value) ? value : names_.to_utf8(value);
    if (key == "size") extensions.size = value;
    if (key == "GNU.sparse.name")
      extensions.sparse_name = is_utf8(value) ? value : names_.to_utf8(value);
    if (key == "GNU.sparse.size" || key == "GNU.sparse.realsize") extensions.sparse_size = value;
    if (key == "GNU.sparse.map") extensions.sparse_map = value;
    if (key == "GNU.sparse.offset" || key == "GNU.sparse.numbytes")
      extensions.sparse_numbers.push_back(value);
    if (key == "GNU.sparse.major") extensions.sparse_1_0 = value == "1";
  }
}

void TarReader::check_global(const std::string& text) const {
  for (const auto& [key, value] : parse_pax(text)) {
    if (key == "GNU.volume.offset") throw later_volume();
    if (key == "path" || key == "linkpath" || key == "size" || key.starts_with("GNU.sparse.")) {
      throw damaged(
          fmt::format("a global pax header sets '{}' for all entries", printable_path(key)));
    }
  }
}

std::optional<ArchiveEntry> TarReader::next() {
  if (ended_) return std::nullopt;
  skip_rest();
  Extensions extensions;
  position_ = in_.position();
  for (;;) {
    throw_if_stopped("run the same command again");
    const auto start = in_.peek(kTarBlock);
    if (start.size() < kTarBlock || is_zero_block(start.first(kTarBlock))) {
      if (extensions.any) throw damaged("it ends between an entry's headers");
      if (at_last_block()) {
        ended_ = true;
        return std::nullopt;
      }
      position_ = in_.position();
      continue;
    }
    std::byte header[kTarBlock];
    std::copy_n(start.begin(), kTarBlock, header);
    if (!is_tar_header(header)) throw damaged("a header's checksum does not match");
    in_.consume(kTarBlock);
    const char type = static_cast<char>(header[156]);
    const auto size = number(field(header, 124, 12));
    if (!size || *size >> 63 != 0) throw damaged("an entry's size can't be read");
    gnu_ = field(header, 257, 8) == std::string_view("ustar  \0", 8);
    switch (type) {
      case 'L': {
        const std::string name = read_extension(*size, kMostName, "a long name");
        extensions.path = names_.to_utf8(name.substr(0, name.find('\0')));
        break;
      }
      case 'K': {
        const std::string name = read_extension(*size, kMostName, "a link's long target");
        extensions.target = names_.to_utf8(name.substr(0, name.find('\0')));
        break;
      }
      case 'x':
      case 'X':
        apply_pax(read_extension(*size, kMostPax, "pax records"), extensions);
        break;
      case 'g':
        check_global(read_extension(*size, kMostPax, "pax records"));
        if (!extensions.any) continue;
        break;
      case 'A':  // an access control list, as Solaris writes it
      case 'V':  // a volume's label
        stored_ = *size;
        padding_ = padding_after(*size);
        skip_rest();
        if (!extensions.any) continue;
        break;
      case 'M':
        throw later_volume();
      default:
        return make_entry(header, extensions);
    }
    extensions.any = true;
  }
}

ArchiveEntry TarReader::make_entry(std::span<const std::byte> header, Extensions& extensions) {
  ArchiveEntry entry;
  const bool posix = field(header, 257, 6) == std::string_view("ustar\0", 6);
  std::string name = text_field(header, 0, 100);
  if (posix) {
    const bool star = field(header, 508, 4) == std::string_view("tar\0", 4);
    if (const std::string prefix = text_field(header, 345, star ? 131 : 155); !prefix.empty())
      name = prefix + "/" + name;
  }
  entry.path = extensions.sparse_name ? *extensions.sparse_name
               : extensions.path      ? *extensions.path
                                      : names_.to_utf8(name);
  current_ = entry.path;
  entry.position = position_;
  stored_ = *number(field(header, 124, 12));
  if (extensions.size) {
    const auto size = decimal(*extensions.size);
    if (!size) throw damaged("an entry's size can't be read");
    stored_ = *size;
  }
  switch (static_cast<char>(header[156])) {
    case '1': {
      entry.type = EntryType::kHardlink;
      entry.target =
          extensions.target ? *extensions.target : names_.to_utf8(text_field(header, 157, 100));
      if (stored_ == 0) break;
      // Some programs note the file's size here, others store its bytes once more.
      const auto after = in_.peek(kTarBlock);
      if (after.empty() || is_tar_header(after) ||
          is_zero_block(after.first(std::min(after.size(), kTarBlock)))) {
        stored_ = 0;
      } else {
        entry.type = EntryType::kFile;
      }
      break;
    }
    case '2':
      entry.type = EntryType::kSymlink;
      stored_ = 0;
      break;
    case '3':
    case '4':
    case '6':
      entry.type = EntryType::kSpecial;
      stored_ = 0;
      break;
    case '5':
      entry.type = EntryType::kFolder;
      stored_ = 0;
      break;
    case 'D':  // GNU's incremental archives list the folder's names here
      entry.type = EntryType::kFolder;
      break;
    default:
      entry.type = EntryType::kFile;
      if (entry.path.ends_with('/')) {  // as programs before POSIX wrote folders
        if (stored_ > 0) throw damaged("an entry with data has a folder's name");
        entry.type = EntryType::kFolder;
      }
  }
  padding_ = padding_after(stored_);
  if (entry.type != EntryType::kFile) return entry;
  set_segments(entry, header, extensions);
  if (!sparse_) {
    entry.size = stored_;
    if (options_.plain) entry.data_offset = in_.position();
  }
  return entry;
}

void TarReader::set_segments(ArchiveEntry& entry, std::span<const std::byte> header,
                             const Extensions& extensions) {
  std::optional<std::uint64_t> real_size;
  if (static_cast<char>(header[156]) == 'S') {
    if (!gnu_) {
      throw BadInput(
          fmt::format("{}: entry '{}' at byte {} is a sparse file in star's own format; unpack the "
                      "archive with star",
                      options_.shown, printable_path(entry.path), entry.position));
    }
    real_size = number(field(header, 483, 12));
    if (extensions.sparse_size) real_size = decimal(*extensions.sparse_size);
    sparse_ = true;
    read_old_gnu_map(header);
  } else if (extensions.sparse_1_0) {
    if (!extensions.sparse_size) throw damaged("a sparse file's size is missing");
    real_size = decimal(*extensions.sparse_size);
    sparse_ = true;
    read_map_before_data();
  } else if (extensions.sparse_map || !extensions.sparse_numbers.empty() ||
             extensions.sparse_size) {
    if (!extensions.sparse_size) throw damaged("a sparse file's size is missing");
    real_size = decimal(*extensions.sparse_size);
    sparse_ = true;
    std::vector<std::string> numbers = extensions.sparse_numbers;
    for (std::string_view rest = extensions.sparse_map ? *extensions.sparse_map
                                                       : std::string_view();
         !rest.empty();) {
      const auto comma = std::min(rest.find(','), rest.size());
      numbers.emplace_back(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    if (numbers.size() % 2 != 0) throw damaged("a sparse file's map can't be read");
    for (std::size_t at = 0; at < numbers.size(); at += 2)
      add_segment(decimal(numbers[at]), decimal(numbers[at + 1]));
  } else {
    return;
  }
  if (!real_size || *real_size >> 63 != 0) throw damaged("a sparse file's size can't be read");
  check_segments(*real_size);
  entry.size = size_ = *real_size;
  offset_ = 0;
  segment_ = 0;
}

void TarReader::add_segment(std::optional<std::uint64_t> offset,
                            std::optional<std::uint64_t> size) {
  if (!offset || !size || *offset >> 62 != 0 || *size >> 62 != 0)
    throw damaged("a sparse file's map can't be read");
  if (segments_.size() >= kMostSegments)
    throw damaged(fmt::format("a sparse file has more than {} pieces", kMostSegments));
  segments_.push_back({*offset, *size});
}

void TarReader::read_old_gnu_map(std::span<const std::byte> header) {
  const auto add_all = [this](std::span<const std::byte> block, std::size_t at, std::size_t count) {
    for (; count > 0; --count, at += 24) {
      if (block[at + 12] == std::byte{}) return;
      add_segment(number(field(block, at, 12)), number(field(block, at + 12, 12)));
    }
  };
  add_all(header, 386, kOldGnuSegments);
  for (bool more = header[482] != std::byte{}; more;) {
    throw_if_stopped("run the same command again");
    const auto block = in_.peek(kTarBlock);
    if (block.size() < kTarBlock) throw damaged("it ends within a sparse file's map");
    add_all(block, 0, kExtendedSegments);
    more = block[504] != std::byte{};
    in_.consume(kTarBlock);
  }
}

// pax 1.0: numbers in lines before the data, which begin at the next block; they count as stored
// bytes.
void TarReader::read_map_before_data() {
  std::uint64_t used = 0;
  const auto next_number = [&] {
    std::string line;
    for (;;) {
      const auto from = in_.peek(1);
      if (from.empty() || used >= stored_ || line.size() > 20)
        throw damaged("a sparse file's map can't be read");
      const char letter = static_cast<char>(from[0]);
      in_.consume(1);
      ++used;
      if (letter == '\n') break;
      line += letter;
    }
    const auto value = decimal(line);
    if (!value) throw damaged("a sparse file's map can't be read");
    return *value;
  };
  for (std::uint64_t left = next_number(); left > 0; --left) {
    const std::uint64_t offset = next_number();
    add_segment(offset, next_number());
  }
  const std::uint64_t padding = padding_after(used);
  if (used + padding > stored_ || in_.skip(padding) < padding)
    throw damaged("it ends within a sparse file's map");
  stored_ -= used + padding;
}

void TarReader::check_segments(std::uint64_t real_size) const {
  std::uint64_t end = 0, sum = 0;
  for (const Segment& segment : segments_) {
    if (segment.offset < end || segment.offset + segment.size > real_size)
      throw damaged("a sparse file's map does not fit its size");
    end = segment.offset + segment.size;
    sum += segment.size;
  }
  if (sum != stored_) {
    throw damaged(
        fmt::format("a sparse file's map has {} bytes of data, the archive {}", sum, stored_));
  }
}

std::size_t TarReader::read(std::span<std::byte> out) {
  const auto read_stored = [this](std::span<std::byte> piece) {
    if (in_.read(piece) < piece.size()) throw cut_in_entry();
    stored_ -= piece.size();
  };
  if (!sparse_) {
    out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), stored_)));
    if (!out.empty()) read_stored(out);
    return out.size();
  }
  std::size_t done = 0;
  while (done < out.size() && offset_ < size_) {
    while (segment_ < segments_.size() &&
           offset_ >= segments_[segment_].offset + segments_[segment_].size) {
      ++segment_;
    }
    const bool last = segment_ == segments_.size();
    const bool in_hole = last || offset_ < segments_[segment_].offset;
    const std::uint64_t end = last      ? size_
                              : in_hole ? segments_[segment_].offset
                                        : segments_[segment_].offset + segments_[segment_].size;
    const auto piece = out.subspan(
        done, static_cast<std::size_t>(std::min<std::uint64_t>(out.size() - done, end - offset_)));
    if (in_hole) {
      std::memset(piece.data(), 0, piece.size());
    } else {
      read_stored(piece);
    }
    done += piece.size();
    offset_ += piece.size();
  }
  return done;
}

}  // namespace rod::archive
