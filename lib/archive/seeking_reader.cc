#include "archive/seeking_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <libdeflate.h>
#include <locale.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/byte_stream.h"
#include "archive/safe_path.h"
#include "base/error.h"
#include "base/machine.h"
#include "base/stop.h"
#include "base/uninitialized.h"

namespace rod::archive {
namespace {

constexpr std::size_t k7zStart = 32;
constexpr std::uint64_t kMostMemory = 400 << 20;  // that decoding may take; `7z -mx=9` needs 65 MiB
constexpr std::uint64_t kMemoryPiece = 8 << 20;   // decoded between two looks at it

// libarchive converts names to the thread's locale. 7z states their encoding and needs a UTF-8
// locale, whatever the user's is; a zip's names are taken from our own reading of its directory.
class NameLocale {
 public:
  NameLocale() : previous_(::uselocale(utf8_locale())) {}
  ~NameLocale() { ::uselocale(previous_); }
  NameLocale(const NameLocale&) = delete;
  NameLocale& operator=(const NameLocale&) = delete;

 private:
  static locale_t utf8_locale() {
    static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
    return locale;  // 0 leaves the thread's as it is
  }
  locale_t previous_;
};

EntryType type_of(archive_entry* entry) {
  switch (archive_entry_filetype(entry)) {
    case 0:  // made on a system that notes no types
    case AE_IFREG:
      return EntryType::kFile;
    case AE_IFDIR:
      return EntryType::kFolder;
    case AE_IFLNK:
      return EntryType::kSymlink;
    default:
      return EntryType::kSpecial;
  }
}

const char* zip_method_name(unsigned method) {
  switch (method) {
    case 1:
      return "shrink";
    case 2:
    case 3:
    case 4:
    case 5:
      return "reduce";
    case 6:
      return "implode";
    case 9:
      return "deflate64";
    case 93:
      return "zstd";
    case 96:
      return "JPEG";
    case 97:
      return "WavPack";
    default:
      return "an unknown one";
  }
}

bool reads_zip_method(unsigned method) {
  return method == 0 || method == 8 || method == 12 || method == 14 || method == 95 || method == 98;
}

}  // namespace

struct SeekingReader::State {
  State(SeekingFormat as, ReadAt read, std::uint64_t bytes, std::string name,
        const NameEncoding& encoding)
      : format(as),
        read_at(std::move(read)),
        size(bytes),
        shown(std::move(name)),
        names(encoding) {}

  const SeekingFormat format;
  const ReadAt read_at;
  const std::uint64_t size;
  const std::string shown;
  const NameEncoding& names;
  std::uint64_t position = 0, bytes_read = 0;
  std::unique_ptr<std::byte[]> block = uninitialized<std::byte>(kLargeBlock);
  std::size_t block_size = kSmallBlock;
  std::exception_ptr failure;  // thrown within a callback, to be thrown again outside libarchive
  ::archive* reader = nullptr;
  std::optional<ZipDirectory> directory;
  std::size_t record = 0;  // of the directory: the next one
  std::string current;     // path of the entry, for messages
  std::string unreadable;  // why the entry's data can't be read
  std::uint64_t entry_size = 0, given = 0;
  bool at_end_of_entry = true;
  const std::uint64_t memory_before = used_memory();
  std::uint64_t since_look = 0;  // decoded since memory was looked at

  ~State() { archive_read_free(reader); }

  void open(const std::function<void(std::string)>& warn) {
    if (format == SeekingFormat::kZip) {
      directory.emplace(read_at, size, shown, warn);
      if (directory->records().empty()) return;  // which libarchive does not know as a zip
    } else {
      check_7z_start(warn);
    }
    reader = archive_read_new();
    if (reader == nullptr) throw std::bad_alloc();
    if (format == SeekingFormat::kZip) archive_read_support_format_zip_seekable(reader);
    if (format == SeekingFormat::k7z) archive_read_support_format_7zip(reader);
    archive_read_set_callback_data(reader, this);
    archive_read_set_read_callback(reader, &State::on_read);
    archive_read_set_skip_callback(reader, &State::on_skip);
    archive_read_set_seek_callback(reader, &State::on_seek);
    const NameLocale locale;
    check(archive_read_open1(reader));
  }

  // A program may stand before the archive; libarchive looks for it behind that.
  void check_7z_start(const std::function<void(std::string)>& warn) const {
    std::byte start[k7zStart];
    const std::size_t got = read_at(start, 0);
    const auto number = [&](std::size_t at, int bytes) {
      std::uint64_t value = 0;
      for (int n = 0; n < bytes; ++n)
        value |= std::to_integer<std::uint64_t>(start[at + std::size_t(n)]) << (8 * n);
      return value;
    };
    if (got >= 6 && std::memcmp(start, "7z\xBC\xAF\x27\x1C", 6) != 0) return;
    const std::uint64_t offset = number(12, 8), length = number(20, 8);
    if (got < k7zStart || libdeflate_crc32(0, start + 12, 20) != number(8, 4))
      throw damaged("the checksum of its first header does not match");
    if (length == 0)
      throw BadInput(fmt::format(
          "{}: is a 7z archive that holds no entries; check that it is the right file", shown));
    if (offset > size - k7zStart || length > size - k7zStart - offset) {
      throw BadInput(fmt::format(
          "{}: is cut, or one part of several: it has {} bytes, and its list of entries would be "
          "after them; copy or download it again, or join the parts: cat NAME.7z.* > NAME.7z",
          shown, size));
    }
    const std::uint64_t end = k7zStart + offset + length;
    if (end < size)
      warn(fmt::format(
          "{}: data that belongs to no entry follows the 7z, from byte {} on; it was ignored",
          shown, end));
  }

  static la_ssize_t on_read(::archive*, void* self, const void** data) {
    return static_cast<State*>(self)->read_block(data);
  }
  static la_int64_t on_skip(::archive*, void* self, la_int64_t request) {
    return static_cast<State*>(self)->skip(request);
  }
  static la_int64_t on_seek(::archive*, void* self, la_int64_t offset, int whence) {
    return static_cast<State*>(self)->seek(offset, whence);
  }

  la_ssize_t read_block(const void** data) {
    try {
      throw_if_stopped("run the same command again");
      const std::size_t got = read_at(std::span(block.get(), block_size), position);
      position += got;
      bytes_read += got;
      block_size = std::min(block_size * 2, kLargeBlock);
      *data = block.get();
      return static_cast<la_ssize_t>(got);
    } catch (...) {
      failure = std::current_exception();
      archive_set_error(reader, EIO, "read error");
      return ARCHIVE_FATAL;
    }
  }

  la_int64_t skip(la_int64_t request) {
    if (request < la_int64_t(kLeastJump)) return 0;
    const std::uint64_t left = size > position ? size - position : 0;
    const std::uint64_t step = std::min(left, static_cast<std::uint64_t>(request));
    position += step;
    block_size = kSmallBlock;
    return static_cast<la_int64_t>(step);
  }

  la_int64_t seek(la_int64_t offset, int whence) {
    const auto base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position : size;
    const la_int64_t target = static_cast<la_int64_t>(base) + offset;
    if (target < 0) return ARCHIVE_FATAL;
    position = static_cast<std::uint64_t>(target);
    block_size = kSmallBlock;
    return target;
  }

  std::string where() const {
    return current.empty() ? shown : fmt::format("{}: entry '{}'", shown, printable_path(current));
  }

  BadInput damaged(std::string_view why) const {
    return BadInput(
        fmt::format("{}: is damaged or cut: {}; copy or download the archive again", where(), why));
  }
  BadInput encrypted() const {
    return BadInput(fmt::format("{}: is encrypted; unpack the archive with its password: 7z x '{}'",
                                where(), shown));
  }

  std::string text_of_error() const {
    const char* const text = archive_error_string(reader);
    return text == nullptr ? "unknown format" : text;
  }

  // Turns what libarchive says about a call into our errors.
  void check(la_ssize_t result) {
    if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
    if (result >= 0 || result == ARCHIVE_WARN) return;
    const std::string why = text_of_error();
    const auto says = [&](std::string_view words) { return why.find(words) != std::string::npos; };
    if (archive_errno(reader) == ENOMEM) throw std::bad_alloc();
    if (says("ncrypt") || says("assphrase") || says("Crypt")) throw encrypted();
    if (says("nsupported") || says("not supported") || says("nknown codec")) {
      throw BadInput(
          fmt::format("{}: is compressed in an unsupported way ({}); unpack the archive with its "
                      "own program: 7z x '{}'",
                      where(), why, shown));
    }
    throw damaged(why);
  }

  // A dictionary takes memory as it fills, and only the format's own library knows its size.
  void check_memory(std::uint64_t decoded) {
    if ((since_look += decoded) < kMemoryPiece) return;
    since_look = 0;
    if (used_memory() < memory_before + kMostMemory) return;
    throw Error(ErrorKind::kNoRoom,
                fmt::format("{}: needs more than {} MiB of memory to decode; unpack the archive "
                            "with its own program: 7z x '{}'",
                            where(), kMostMemory >> 20, shown));
  }

  // What was not read of an entry. A zip's is jumped over; a 7z's must be decoded for the next one,
  // which libarchive would do without asking for signals.
  void skip_rest() {
    if (directory) return;
    std::vector<std::byte> piece(at_end_of_entry ? 0 : 1 << 20);
    while (!at_end_of_entry) read(piece);
  }

  std::optional<ArchiveEntry> next() {
    throw_if_stopped("run the same command again");
    if (reader == nullptr) return std::nullopt;
    skip_rest();
    const NameLocale locale;
    archive_entry* header = nullptr;
    unreadable.clear();
    const int result = archive_read_next_header(reader, &header);
    // What an encrypted entry or an unknown method lets libarchive say is told when the data are
    // asked for.
    check(result == ARCHIVE_FAILED && directory ? ARCHIVE_WARN : result);
    const std::size_t records = directory ? directory->records().size() : 0;
    if (result == ARCHIVE_EOF) {
      current.clear();
      if (directory && record != records)
        throw damaged(fmt::format("{} of its {} entries were found", record, records));
      return std::nullopt;
    }
    ArchiveEntry entry;
    if (directory) {
      if (record == records)
        throw damaged(fmt::format("it has more entries than the {} of its directory", records));
      describe(directory->records()[record], entry);
      directory->check_entry(record);
      ++record;
      if (entry.type == EntryType::kFile && archive_entry_size_is_set(header) != 0 &&
          archive_entry_size(header) != static_cast<la_int64_t>(entry.size) && unreadable.empty()) {
        throw damaged("its header and the archive's directory disagree about its size");
      }
    } else {
      const char* const path = archive_entry_pathname(header);
      if (path == nullptr) throw damaged("an entry's name can't be read");
      entry.path = path;
      entry.type = type_of(header);
      entry.size_known = archive_entry_size_is_set(header) != 0;
      if (archive_entry_size(header) < 0) throw damaged("an entry's size is negative");
      entry.size = entry.size_known ? static_cast<std::uint64_t>(archive_entry_size(header)) : 0;
    }
    current = entry.path;
    entry_size = entry.size_known ? entry.size : UINT64_MAX;
    given = 0;
    at_end_of_entry = entry.type != EntryType::kFile;
    return entry;
  }

  void describe(const ZipRecord& from, ArchiveEntry& entry) {
    entry.path = from.utf8 ? from.name : names.to_utf8(from.name);
    entry.type = from.type;
    entry.size = from.size;
    entry.position = from.offset;
    entry.crc = from.crc;
    current = entry.path;
    if ((from.flags & 1) != 0) {
      unreadable = encrypted().what();
    } else if (!reads_zip_method(from.method)) {
      unreadable = fmt::format(
          "{}: is compressed by method {} ({}), which is not supported; unpack the archive with "
          "its own program: 7z x '{}'",
          where(), from.method, zip_method_name(from.method), shown);
    }
  }

  std::size_t read(std::span<std::byte> out) {
    if (!unreadable.empty()) throw BadInput(unreadable);
    const NameLocale locale;
    std::size_t done = 0;
    while (done < out.size()) {
      throw_if_stopped("run the same command again");
      const la_ssize_t got = archive_read_data(reader, out.data() + done,
                                               std::min<std::size_t>(out.size() - done, 1 << 20));
      check(got);
      if (got < 0) throw damaged(text_of_error());  // it only warns of a wrong checksum or size
      at_end_of_entry = got == 0;
      if (at_end_of_entry) break;
      check_memory(static_cast<std::uint64_t>(got));
      done += static_cast<std::size_t>(got);
    }
    given += done;
    if (given > entry_size || (done < out.size() && entry_size != UINT64_MAX && given < entry_size))
      throw damaged(fmt::format("it has {} bytes of data, by its header {}", given, entry_size));
    return done;
  }
};

SeekingReader::SeekingReader(SeekingFormat format, ReadAt read, std::uint64_t size,
                             const std::string& shown, const NameEncoding& names,
                             const std::function<void(std::string)>& warn)
    : state_(std::make_unique<State>(format, std::move(read), size, shown, names)) {
  state_->open(warn);
}

SeekingReader::~SeekingReader() = default;

std::optional<ArchiveEntry> SeekingReader::next() {
  return state_->next();
}
std::size_t SeekingReader::read(std::span<std::byte> out) {
  return state_->read(out);
}
std::uint64_t SeekingReader::position() const {
  return state_->position;
}
std::uint64_t SeekingReader::bytes_read() const {
  return state_->bytes_read;
}

}  // namespace rod::archive
