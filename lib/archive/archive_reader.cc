#include "archive/archive_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/safe_path.h"
#include "base/error.h"
#include "io/file.h"

namespace rod {
namespace {

constexpr std::size_t kSmallBlock = 4096;  // after a jump: most likely only a header is wanted
constexpr std::size_t kLargeBlock =
    256 << 10;  // while bytes are read one after another; stays in the cache
constexpr std::int64_t kLeastJump = 16384;  // over less than that, reading on is cheaper
constexpr std::int64_t kEndMark = 1024;     // two blocks of zeros
constexpr std::string_view k7zMark("7z\xBC\xAF\x27\x1C", 6);

// Note [Names]: libarchive converts names to the thread's locale, so we set that around each call, whatever
// the user's is. zip and 7z state their encoding and need a UTF-8 locale. A tar's names are bytes; but for
// UTF-8 libarchive would compose the letters of PAX names, and the file would get another name than GNU tar
// gives it. In the C locale it can't convert them, warns, and leaves the bytes alone, which is what we want.
// Since the first call fixes the encoding, an archive is opened a second time once it has turned out to be a tar;
// what a pipe has given until then is kept for that.
class NameLocale {
 public:
  explicit NameLocale(bool utf8) : previous_(::uselocale(utf8 ? utf8_locale() : c_locale())) {}
  ~NameLocale() { ::uselocale(previous_); }
  NameLocale(const NameLocale&) = delete;
  NameLocale& operator=(const NameLocale&) = delete;

 private:
  static locale_t c_locale() {
    static const locale_t locale = ::newlocale(LC_ALL_MASK, "C", locale_t{});
    return locale;
  }
  static locale_t utf8_locale() {
    static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
    return locale != locale_t{} ? locale : c_locale();
  }
  locale_t previous_;
};

EntryType type_of(archive_entry* entry) {
  if (archive_entry_hardlink(entry) != nullptr) return EntryType::kHardlink;
  switch (archive_entry_filetype(entry)) {
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

}  // namespace

const char* entry_type_name(EntryType type) {
  switch (type) {
    case EntryType::kFile:
      return "file";
    case EntryType::kFolder:
      return "folder";
    case EntryType::kSymlink:
      return "symbolic link";
    case EntryType::kHardlink:
      return "hard link";
    default:
      return "special file";
  }
}

struct ArchiveReader::State {
  std::shared_ptr<const io::RandomAccessFile> file;  // or else:
  io::File pipe;
  std::vector<std::byte> replay;  // what the pipe gave before the second opening
  std::size_t replayed = 0;
  bool keeps_replay = false;
  std::uint64_t size = 0;  // of the file; 0 for a pipe
  std::uint64_t start = 0;
  std::uint64_t position = 0;  // of the next byte to read from the file
  std::uint64_t bytes_read = 0;
  std::unique_ptr<std::byte[]> block = std::make_unique_for_overwrite<std::byte[]>(kLargeBlock);
  std::size_t block_size = kSmallBlock;
  std::exception_ptr failure;  // thrown within a callback, to be thrown again outside libarchive
  archive* reader = nullptr;
  bool convert_names = true;  // see Note [Names]
  bool plain_tar = false, zip_file = false;
  bool size_known = false;
  std::uint64_t entry_size = 0, given = 0;  // of the entry: by its header, and read so far
  std::string current;                      // path of the entry, for messages
  std::optional<ArchiveEntry> first;        // read by the constructor, not yet given out
  bool first_pending = false;

  ~State() { archive_read_free(reader); }

  void open(const std::filesystem::path& path, std::uint64_t from, const io::FileOpener& opener) {
    if (path == "-") {  // may stand in the middle of a file: always read as a pipe
      pipe = io::File(::dup(STDIN_FILENO), "standard input");
      struct stat status {};
      if (::fstat(pipe.fd(), &status) != 0) throw_errno(pipe.path(), "read");
      if (S_ISDIR(status.st_mode)) throw_errno(pipe.path(), "read as an archive", EISDIR);
    } else {
      file = opener(path);
      size = file->size();
    }
    start = from;
    keeps_replay = !file;
    open_reader();
    first = next();
    keeps_replay = false;
    if (is_tar()) {
      convert_names = false;
      open_reader();
      first = next();
    }
    first_pending = true;
  }

  const std::string& shown() const { return file ? file->name() : pipe.path(); }

  void open_reader() {
    archive_read_free(reader);
    position = start;
    replayed = 0;
    current.clear();
    reader = archive_read_new();
    if (reader == nullptr) throw std::bad_alloc();
    archive_read_support_filter_gzip(reader);
    archive_read_support_filter_bzip2(reader);
    archive_read_support_filter_xz(reader);
    archive_read_support_filter_zstd(reader);
    archive_read_support_filter_lz4(reader);
    archive_read_support_format_tar(reader);
    if (start == 0) {
      archive_read_support_format_zip(reader);
      archive_read_support_format_7zip(reader);
    }
    archive_read_set_callback_data(reader, this);
    archive_read_set_read_callback(reader, &State::on_read);
    if (file) {
      archive_read_set_skip_callback(reader, &State::on_skip);
      archive_read_set_seek_callback(reader, &State::on_seek);
    }
    const NameLocale locale(convert_names);
    check(archive_read_open1(reader));
  }

  bool is_tar() const {
    return (archive_format(reader) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
  }

  // In a tar, a warning is a header that makes no sense, except about a name that we don't want converted.
  bool is_harmless_warning() const {
    const char* text = archive_error_string(reader);
    return !is_tar() || (text != nullptr && std::string_view(text).find("can't be converted") !=
                                                std::string_view::npos);
  }

  static la_ssize_t on_read(archive*, void* self, const void** data) {
    return static_cast<State*>(self)->read_block(data);
  }
  static la_int64_t on_skip(archive*, void* self, la_int64_t request) {
    return static_cast<State*>(self)->skip(request);
  }
  static la_int64_t on_seek(archive*, void* self, la_int64_t offset, int whence) {
    return static_cast<State*>(self)->seek(offset, whence);
  }

  la_ssize_t read_block(const void** data) {
    try {
      const std::span out(block.get(), block_size);
      const std::size_t got = file ? file->read_at(out, position) : read_pipe(out);
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

  std::size_t read_pipe(std::span<std::byte> out) {
    if (replayed < replay.size()) {
      const std::size_t count = std::min(out.size(), replay.size() - replayed);
      std::copy_n(replay.begin() + std::ptrdiff_t(replayed), count, out.begin());
      replayed += count;
      if (replayed == replay.size() && !keeps_replay) replay = {}, replayed = 0;
      return count;
    }
    ssize_t got = -1;
    do {
      got = ::read(pipe.fd(), out.data(), out.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) throw_errno(pipe.path(), fmt::format("read at offset {}", position));
    if (keeps_replay) {
      replay.insert(replay.end(), out.begin(), out.begin() + got);
      replayed = replay.size();
    }
    return static_cast<std::size_t>(got);
  }

  bool is_7z_in_a_pipe() const {
    return replay.size() >= k7zMark.size() &&
           std::equal(k7zMark.begin(), k7zMark.end(), reinterpret_cast<const char*>(replay.data()));
  }

  la_int64_t skip(la_int64_t request) {
    if (request < kLeastJump) return 0;
    const std::uint64_t left = size > position ? size - position : 0;
    const std::uint64_t step = std::min(left, static_cast<std::uint64_t>(request));
    position += step;
    block_size = kSmallBlock;
    return static_cast<la_int64_t>(step);
  }

  la_int64_t seek(la_int64_t offset, int whence) {
    const auto base = whence == SEEK_SET ? start : whence == SEEK_CUR ? position : size;
    const la_int64_t target = static_cast<la_int64_t>(base) + offset;
    if (target < static_cast<la_int64_t>(start)) return ARCHIVE_FATAL;
    position = static_cast<std::uint64_t>(target);
    block_size = kSmallBlock;
    return target - static_cast<la_int64_t>(start);
  }

  // Turns what libarchive says about a call into our errors.
  void check(int result) {
    if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
    if (result == ARCHIVE_OK || result == ARCHIVE_EOF) return;
    const char* text = archive_error_string(reader);
    const std::string why = text == nullptr ? "unknown format" : text;
    if (archive_errno(reader) == ENOMEM) throw std::bad_alloc();
    if (keeps_replay && is_7z_in_a_pipe()) {
      throw BadInput(fmt::format(
          "{}: is a 7z archive, whose list of files is at its end; save it and give its path",
          shown()));
    }
    if (archive_format(reader) == 0) {
      throw BadInput(
          fmt::format("{}: is not an archive (tar, zip or 7z, plain or compressed): {}; check that "
                      "it is the file you meant and that it was copied whole",
                      shown(), why));
    }
    throw damaged(why);
  }

  BadInput damaged(const std::string& why) const {
    return BadInput(
        fmt::format("{}: is damaged or cut at byte {}{}: {}; copy or download it again", shown(),
                    start + static_cast<std::uint64_t>(archive_read_header_position(reader)),
                    current.empty() ? "" : fmt::format(" ('{}')", printable_path(current)), why));
  }

  std::optional<ArchiveEntry> next() {
    const NameLocale locale(convert_names);
    archive_entry* header = nullptr;
    int result = archive_read_next_header(reader, &header);
    if (result == ARCHIVE_WARN && is_harmless_warning()) result = ARCHIVE_OK;
    check(result);
    if (result == ARCHIVE_EOF) {
      if (is_tar() &&
          archive_filter_bytes(reader, 0) - archive_read_header_position(reader) < kEndMark) {
        current.clear();
        throw damaged("it ends without the mark that ends a tar, so entries may be missing");
      }
      return std::nullopt;
    }

    ArchiveEntry entry;
    const char* path = archive_entry_pathname(header);
    if (path == nullptr) throw damaged("an entry's name can't be read");
    entry.path = current = path;
    entry.type = type_of(header);
    entry.size_known = archive_entry_size_is_set(header) != 0;
    if (archive_entry_size(header) < 0) throw damaged("an entry's size is negative");
    entry.size = entry.size_known ? static_cast<std::uint64_t>(archive_entry_size(header)) : 0;
    entry.position = start + static_cast<std::uint64_t>(archive_read_header_position(reader));
    size_known = entry.size_known;
    entry_size = entry.size;
    given = 0;
    const bool uncompressed = file && archive_filter_code(reader, 0) == ARCHIVE_FILTER_NONE;
    plain_tar = is_tar() && uncompressed;
    zip_file =
        uncompressed && (archive_format(reader) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
    // The header has been consumed, so the stream stands at the first byte of the data.
    if (plain_tar && entry.type == EntryType::kFile && archive_entry_sparse_count(header) == 0) {
      entry.data_offset = start + static_cast<std::uint64_t>(archive_filter_bytes(reader, 0));
    }
    return entry;
  }
};

ArchiveReader::ArchiveReader(const std::filesystem::path& path, std::uint64_t start,
                             const io::FileOpener& open)
    : state_(std::make_unique<State>()) {
  state_->open(path, start, open);
}

ArchiveReader::~ArchiveReader() = default;

std::optional<ArchiveEntry> ArchiveReader::next() {
  if (std::exchange(state_->first_pending, false)) return std::move(state_->first);
  return state_->next();
}

std::size_t ArchiveReader::read(std::span<std::byte> out) {
  const NameLocale locale(state_->convert_names);
  std::size_t done = 0;
  while (done < out.size()) {
    const la_ssize_t got = archive_read_data(state_->reader, out.data() + done, out.size() - done);
    if (got < 0) state_->check(static_cast<int>(got));
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  state_->given += done;
  if (state_->size_known && state_->given > state_->entry_size) {
    throw state_->damaged(
        fmt::format("it has more data than the {} bytes of its header", state_->entry_size));
  }
  return done;
}

bool ArchiveReader::is_plain_tar() const {
  return state_->plain_tar;
}
bool ArchiveReader::skips_by_seeking() const {
  return state_->plain_tar || state_->zip_file;
}
std::uint64_t ArchiveReader::source_bytes() const {
  return state_->size;
}
std::uint64_t ArchiveReader::source_position() const {
  return state_->start + static_cast<std::uint64_t>(archive_filter_bytes(state_->reader, -1));
}
std::uint64_t ArchiveReader::bytes_read() const {
  return state_->bytes_read;
}

}  // namespace rod
