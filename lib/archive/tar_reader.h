// The entries of a tar: ustar, GNU, pax and older ones, with sparse files of every GNU form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/archive_entry.h"
#include "archive/byte_stream.h"
#include "base/error.h"

namespace rod::archive {

inline constexpr std::size_t kTarBlock = 512;

// Whether `block` is a header with a correct checksum. Requires: it has kTarBlock bytes.
bool is_tar_header(std::span<const std::byte> block);
bool is_zero_block(std::span<const std::byte> block);

struct TarOptions {
  std::string shown;          // the archive, for messages
  bool plain = false;         // an uncompressed file: entries have a data_offset
  bool concatenated = false;  // continues after an end mark
  std::function<void(std::string)> warn;
};

// Sources: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Interchange Format"; GNU tar
// manual, "Tar Internals".
class TarReader {
 public:
  // Requires: `in` is positioned at a header or a block of zeros; it and `names` outlive this.
  TarReader(BufferedStream& in, const NameEncoding& names, TarOptions options)
      : in_(in), names_(names), options_(std::move(options)) {}

  // Returns the next entry, or nothing at the end. The unread rest of the previous entry is
  // skipped. After the last entry the source is read to its end, so that a decoder makes its
  // checks. Throws BadInput naming archive, entry and position if the archive is damaged or
  // truncated, or if another tar follows.
  std::optional<ArchiveEntry> next();

  // Reads bytes of the current entry, with zeros for holes, and returns their number, which is less
  // than out.size() only at the entry's end. Throws what next() throws.
  std::size_t read(std::span<std::byte> out);

  BadInput damaged(std::string_view why) const;
  BadInput cut_in_entry() const;
  BadInput later_volume() const;

 private:
  using Records = std::vector<std::pair<std::string, std::string>>;
  struct Segment {  // of a sparse file: stored bytes
    std::uint64_t offset, size;
  };
  struct Extensions {  // what the headers before an entry's own say of it
    std::optional<std::string> path, target, size, sparse_name, sparse_size, sparse_map;
    bool sparse_1_0 = false, any = false;
    std::vector<std::string> sparse_numbers;  // pax 0.0: offset, size, …
  };

  void skip_rest();
  bool at_last_block();
  bool read_on_after_mark();
  std::string read_extension(std::uint64_t size, std::uint64_t most, const char* what);
  void apply_pax(const std::string& text, Extensions& extensions) const;
  Records parse_pax(std::string_view text) const;
  void check_global(const std::string& text) const;
  ArchiveEntry make_entry(std::span<const std::byte> header, Extensions& extensions);
  void set_segments(ArchiveEntry& entry, std::span<const std::byte> header,
                    const Extensions& extensions);
  void read_old_gnu_map(std::span<const std::byte> header);
  void read_map_before_data();
  void add_segment(std::optional<std::uint64_t> offset, std::optional<std::uint64_t> size);
  void check_segments(std::uint64_t real_size) const;

  BufferedStream& in_;
  const NameEncoding& names_;
  const TarOptions options_;
  std::string current_;         // path of the entry, for messages
  std::uint64_t position_ = 0;  // of its first header
  bool gnu_ = false, ended_ = false, mark_seen_ = false;
  std::uint64_t stored_ = 0;   // bytes of it that are still in the archive
  std::uint64_t padding_ = 0;  // and zeros after them
  bool sparse_ = false;
  std::vector<Segment> segments_;
  std::size_t segment_ = 0;              // the one that is read or comes next
  std::uint64_t size_ = 0, offset_ = 0;  // of a sparse file: all, and read so far
};

}  // namespace rod::archive
