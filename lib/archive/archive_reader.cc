#include "archive/archive_reader.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "archive/archive_entry.h"
#include "archive/byte_stream.h"
#include "archive/decoder.h"
#include "archive/seeking_reader.h"
#include "archive/tar_reader.h"
#include "base/error.h"
#include "io/file.h"

namespace rod::archive {
namespace {

constexpr std::string_view k7zMark("7z\xBC\xAF\x27\x1C", 6);
constexpr std::size_t kIsoMark = 32769;

struct OtherFormat {
  std::size_t at;  // where its mark is
  std::string_view mark;
  const char *name, *command;  // what unpacks it
};

// Archives that are not read here, each by its name.
constexpr OtherFormat kOtherFormats[] = {
    {0, "Rar!\x1A\x07", "a RAR archive", "unrar x '{}'"},
    {0, "070701", "a cpio archive", "cpio -id < '{}'"},
    {0, "070702", "a cpio archive", "cpio -id < '{}'"},
    {0, "070707", "a cpio archive", "cpio -id < '{}'"},
    {0, "\xC7\x71", "a cpio archive", "cpio -id < '{}'"},
    {0, "!<arch>\n", "an ar archive", "ar x '{}'"},
    {0, "MSCF", "a cabinet", "7z x '{}'"},
    {0, "xar!", "a xar archive", "7z x '{}'"},
    {0, "\x60\xEA", "an ARJ archive", "7z x '{}'"},
    {2, "-lh", "an LHA archive", "7z x '{}'"},
    {kIsoMark, "CD001", "an ISO 9660 image", "7z x '{}'"},
};

bool has_mark(std::span<const std::byte> bytes, std::size_t at, std::string_view mark) {
  return bytes.size() >= at + mark.size() &&
         std::memcmp(bytes.data() + at, mark.data(), mark.size()) == 0;
}

bool starts_a_tar(std::span<const std::byte> start) {
  return start.size() >= kTarBlock &&
         (is_tar_header(start) || is_zero_block(start.first(kTarBlock)));
}

// What joins the parts, where the name is one of "NAME.tar.001" or "NAME.z01"; else empty.
std::string command_to_join(const std::string& path) {
  const auto dot = path.rfind('.');
  if (dot == path.npos || path.size() - dot != 4) return "";
  const auto digits =
      static_cast<std::size_t>(std::count_if(path.begin() + std::ptrdiff_t(dot) + 1, path.end(),
                                             [](unsigned char c) { return std::isdigit(c) != 0; }));
  const std::string whole = path.substr(0, dot);
  if (digits == 3) return fmt::format("cat '{0}'.??? > '{0}'", whole);
  const bool zip = digits == 2 && (path[dot + 1] == 'z' || path[dot + 1] == 'Z');
  return zip ? fmt::format("zip -s 0 '{0}.zip' --out '{0}-whole.zip'", whole) : "";
}

// A pipe has no name to type.
std::string without_pipe_name(std::string message) {
  constexpr std::string_view kPipe = "'standard input'";
  for (auto at = message.find(kPipe); at != message.npos; at = message.find(kPipe, at))
    message.replace(at, kPipe.size(), "ARCHIVE");
  return message;
}

}  // namespace

struct ArchiveReader::State {
  explicit State(const ArchiveOptions& all) : options(all), names(all.name_encoding) {}

  const ArchiveOptions options;
  const NameEncoding names;
  std::shared_ptr<const io::RandomAccessFile> file;  // or a pipe
  std::string shown;
  std::unique_ptr<FileStream> file_source;
  std::unique_ptr<PipeStream> pipe_source;
  // The archive as it lies there, then one for each compression that was taken off; each reads from
  // the one before.
  std::vector<std::unique_ptr<ByteStream>> decoders;
  std::vector<std::unique_ptr<BufferedStream>> levels;
  io::File spooled;
  std::optional<TarReader> tar;  // or:
  std::optional<SeekingReader> seeking;
  bool zip = false;
  std::vector<std::string> warnings;
  std::optional<ArchiveEntry> first;  // read by the constructor, not yet given out
  bool first_pending = false;

  bool compressed() const { return !decoders.empty(); }
  BufferedStream& top() { return *levels.back(); }

  // Adds to what `action` throws what only the archive's name can tell.
  template <typename Action>
  auto with_part_hint(const Action& action) {
    try {
      return action();
    } catch (const BadInput& error) {
      if (!file) throw BadInput(without_pipe_name(error.what()));
      const std::string join = command_to_join(shown);
      if (join.empty()) throw;
      throw BadInput(fmt::format("{}; by its name it is one part of several: join them first: {}",
                                 error.what(), join));
    }
  }

  void open(const std::filesystem::path& path) {
    if (path == "-") {  // may stand in the middle of a file: always read as a pipe
      io::File pipe(::dup(STDIN_FILENO), "standard input");
      struct stat status {};
      if (::fstat(pipe.fd(), &status) != 0) throw_errno(pipe.path(), "read");
      if (S_ISDIR(status.st_mode)) throw_errno(pipe.path(), "read as an archive", EISDIR);
      shown = pipe.path();
      pipe_source = std::make_unique<PipeStream>(std::move(pipe));
      levels.push_back(std::make_unique<BufferedStream>(*pipe_source));
    } else {
      file = options.open(path);
      shown = file->name();
      file_source = std::make_unique<FileStream>(*file, options.start);
      levels.push_back(std::make_unique<BufferedStream>(*file_source, options.start));
    }
    with_part_hint([&] {
      if (options.start > 0) {
        open_tar();
      } else {
        decompress();
        open_format();
      }
      first = step();
      if (!first && options.start == 0) {
        throw BadInput(
            fmt::format("{}: holds no entries, so there is nothing to unpack; check that it is the "
                        "right file and was copied completely",
                        shown));
      }
      return 0;
    });
    first_pending = true;
  }

  // Takes compressions off until an archive's format, or something unknown, comes to light.
  void decompress() {
    for (;;) {
      const auto start = top().peek(kTarBlock);
      if (starts_a_tar(start)) return;
      if (start.size() >= 8 && has_mark(start, 1, "\x2A\x4D\x18") &&
          (start[0] & std::byte{0xF0}) == std::byte{0x50}) {  // a frame that zstd and lz4 skip
        std::uint64_t size = 8;
        for (int n = 0; n < 4; ++n)
          size += std::to_integer<std::uint64_t>(start[std::size_t(4 + n)]) << (8 * n);
        if (top().skip(size) == size) continue;
      }
      const auto compression = compression_of(start);
      if (!compression) return;
      if (decoders.size() >= options.limit_filters) {
        throw BadInput(
            fmt::format("{0}: has more than {1} nested compressions; if that is intended, remove "
                        "one: 7z x -so '{0}' | rodprep extract - FOLDER",
                        shown, options.limit_filters));
      }
      const auto source_bytes = [this] { return file ? file->size() : levels[0]->position(); };
      decoders.push_back(make_decoder(
          *compression, top(), {shown, options.limit_ratio, source_bytes, options.gzip_by_zlib}));
      levels.push_back(std::make_unique<BufferedStream>(*decoders.back()));
    }
  }

  void open_format() {
    const auto start = top().peek(kTarBlock);
    if (starts_a_tar(start)) return open_tar();
    for (const OtherFormat& other : kOtherFormats) {
      if (!has_mark(other.at < kTarBlock ? start : top().peek(other.at + other.mark.size()),
                    other.at, other.mark))
        continue;
      throw BadInput(
          fmt::format("{}: is {}, which is not supported; unpack it with its own program: {}",
                      shown, other.name, fmt::format(fmt::runtime(other.command), shown)));
    }
    const auto head = top().peek(kTarBlock);
    const bool is_zip = has_mark(head, 0, "PK\3\4") || has_mark(head, 0, "PK\5\6") ||
                        has_mark(head, 0, "PK\7\x08") || has_mark(head, 0, "PK00PK");
    if (is_zip) return open_seeking(SeekingFormat::kZip);
    if (has_mark(head, 0, k7zMark)) return open_seeking(SeekingFormat::k7z);
    if (file && !compressed() && ends_as_zip(read_file_at(), file->size()))
      return open_seeking(SeekingFormat::kZip);
    if (has_mark(head, 0, "MZ") || has_mark(head, 0,
                                            "\x7F"
                                            "ELF"))
      return open_seeking(SeekingFormat::k7z);
    throw BadInput(
        fmt::format("{}: is not an archive (tar, zip or 7z, plain or compressed): {}; check that "
                    "it is the right file and was copied completely",
                    shown,
                    head.empty()   ? "it is empty"
                    : compressed() ? "its decompressed bytes begin like none of these"
                                   : "it begins like none of these"));
  }

  void open_tar() {
    tar.emplace(top(), names,
                TarOptions{shown, file && !compressed(), options.concatenated,
                           [this](std::string text) { warnings.push_back(std::move(text)); }});
  }

  ReadAt read_file_at() const {
    return [this](std::span<std::byte> out, std::uint64_t offset) {
      return file->read_at(out, offset);
    };
  }

  void open_seeking(SeekingFormat format) {
    const auto warn = [this](std::string text) { warnings.push_back(std::move(text)); };
    zip = format == SeekingFormat::kZip && file && !compressed();
    if (file && !compressed()) {
      seeking.emplace(format, read_file_at(), file->size(), shown, names, warn);
      return;
    }
    spooled = spool(top(), options.spool, shown);
    seeking.emplace(
        format,
        [this](std::span<std::byte> out, std::uint64_t offset) {
          return spooled.read_some(out, offset);
        },
        spooled.size(), shown, names, warn);
  }

  std::optional<ArchiveEntry> step() { return tar ? tar->next() : seeking->next(); }
};

ArchiveReader::ArchiveReader(const std::filesystem::path& path, const ArchiveOptions& options)
    : state_(std::make_unique<State>(options)) {
  state_->open(path);
}

ArchiveReader::~ArchiveReader() = default;

std::optional<ArchiveEntry> ArchiveReader::next() {
  if (std::exchange(state_->first_pending, false)) return std::move(state_->first);
  return state_->with_part_hint([this] { return state_->step(); });
}

std::size_t ArchiveReader::read(std::span<std::byte> out) {
  return state_->with_part_hint(
      [&] { return state_->tar ? state_->tar->read(out) : state_->seeking->read(out); });
}

const std::vector<std::string>& ArchiveReader::warnings() const {
  return state_->warnings;
}
bool ArchiveReader::is_plain_tar() const {
  return state_->tar && state_->file && !state_->compressed();
}
bool ArchiveReader::skips_by_seeking() const {
  return is_plain_tar() || state_->zip;
}
std::uint64_t ArchiveReader::source_bytes() const {
  return state_->file ? state_->file->size() : 0;
}
std::uint64_t ArchiveReader::source_position() const {
  if (state_->seeking && state_->file && !state_->compressed()) return state_->seeking->position();
  return state_->levels[0]->position();
}
std::uint64_t ArchiveReader::bytes_read() const {
  if (!state_->file) return state_->pipe_source->bytes_read();
  return state_->file_source->bytes_read() +
         (state_->seeking && !state_->compressed() ? state_->seeking->bytes_read() : 0);
}

bool is_compressed(const io::RandomAccessFile& file) {
  std::vector<std::byte> start(kTarBlock);
  start.resize(file.read_at(start, 0));
  return !starts_a_tar(start) && compression_of(start).has_value();
}

}  // namespace rod::archive
