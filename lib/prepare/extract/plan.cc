#include "prepare/extract/plan.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdint>
#include <vector>

#include "base/capacity.h"
#include "base/error.h"
#include "base/stop.h"
#include "base/units.h"
#include "prepare/drive_retry.h"
#include "prepare/extract/entry_gate.h"

namespace rod::prepare {
namespace {

constexpr std::uint64_t kBlock = 4096;  // what a file takes is a multiple of it on most disks
constexpr std::uint64_t kSampleBytes = 256 << 10;  // of the archive, enough to judge the rest by
constexpr std::uint64_t kEstimateBytes =
    16 << 20;  // unpacked, of an archive that must be read for its sizes
constexpr double kEstimateMargin = 0.8;

bool is_there(const std::filesystem::path& path, std::uint64_t size) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         static_cast<std::uint64_t>(status.st_size) == size;
}

// What is still to be written, in bytes of disk and in number of files.
class Requirement {
 public:
  explicit Requirement(const ExtractOptions& options)
      : options_(options), machine_(options.look(options.destination)) {
    machine_.keep_free = options.keep_free;
  }

  void add(const std::string& path, std::uint64_t size) {
    if (is_there(options_.destination / path, size)) return;
    bytes_ += (size + kBlock - 1) / kBlock * kBlock;
    ++files_;
  }
  void add_folders(std::uint64_t count) {
    bytes_ += count * kBlock;
    files_ += count;
  }

  // If the rest of the archive is like the part that was seen.
  bool fits(double factor) const {
    return rod::fits({.disk = whole_bytes(double(bytes_) * factor),
                      .files = whole_bytes(double(files_) * factor)},
                     machine_);
  }
  void throw_unless_it_fits(double factor = 1) const {
    if (fits(factor)) return;
    throw Error(
        ErrorKind::kNoRoom,
        fmt::format(
            "{}: does not fit: {} needs {}{} in {} new files and folders, the disk has {} free "
            "({} are to stay free, see --keep-free) and room for {} files; free some space, "
            "choose another disk, or select less with --include",
            options_.destination.string(), options_.shown(), factor == 1 ? "" : "about ",
            format_size(double(bytes_) * factor),
            format_count(std::uint64_t(double(files_) * factor)),
            format_size(double(machine_.disk)), format_size(double(options_.keep_free)),
            format_count(machine_.files)));
  }

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t free() const { return machine_.disk; }

 private:
  const ExtractOptions& options_;
  Machine machine_;
  std::uint64_t bytes_ = 0, files_ = 0;
};

// The size of the current entry, for formats that only tell it at its end.
std::uint64_t read_size(archive::ArchiveReader& reader, EntryGate& gate) {
  std::vector<std::byte> bytes(1 << 20);
  std::uint64_t size = 0;
  while (const std::size_t got = reader.read(bytes)) {
    gate.count(got, reader);
    size += got;
  }
  return size;
}

}  // namespace

ExtractReport plan_extract(const ExtractOptions& options) {
  archive::ArchiveReader reader(options.archive, archive_options(options));
  EntryGate gate(options);
  Requirement required(options);
  while (const auto entry = reader.next()) {
    throw_if_stopped("nothing was written");
    const auto path = gate.admit(*entry, reader);
    if (!path || entry->type == archive::EntryType::kFolder) continue;
    required.add(*path, entry->size_known ? gate.size_of(*entry) : read_size(reader, gate));
  }
  gate.check_selection();
  ExtractReport report = gate.report();
  report.read = reader.bytes_read();
  report.warnings = reader.warnings();
  required.add_folders(report.folders);
  required.throw_unless_it_fits();
  report.needed = required.bytes();
  report.free = required.free();
  return report;
}

std::uint64_t check_room(const ExtractOptions& options, std::uint64_t start) {
  archive::ArchiveReader reader(options.archive, archive_options(options, start));
  EntryGate gate(options);
  Requirement required(options);
  const bool exact = reader.skips_by_seeking();
  const auto passed = [&] { return double(reader.source_position() - start); };
  const auto factor = [&] { return double(reader.source_bytes() - start) / passed(); };
  try {
    while (const auto entry = reader.next()) {
      throw_if_stopped("nothing was written yet");
      if (exact && passed() > kSampleBytes && required.fits(2 * factor()))
        return reader.bytes_read();
      const auto path = gate.admit(*entry, reader);
      if (path && entry->type != archive::EntryType::kFolder)
        required.add(*path, gate.size_of(*entry));
      if (!exact && gate.bytes() > kEstimateBytes) {
        required.throw_unless_it_fits(kEstimateMargin * factor());
        return reader.bytes_read();
      }
    }
  } catch (const BadInput&) {
    // To be met again, and reported, after the good entries before it were unpacked.
  }
  required.add_folders(gate.report().folders);
  required.throw_unless_it_fits();
  return reader.bytes_read();
}

archive::ArchiveOptions archive_options(const ExtractOptions& options, const DriveRetry& retry,
                                        std::uint64_t start) {
  return {start,
          options.open ? options.open : retry.opener(),
          options.concatenated,
          options.name_encoding,
          options.limit_ratio,
          archive::ArchiveOptions().limit_filters,
          {options.spool, options.spool_limit, options.keep_free}};
}

archive::ArchiveOptions archive_options(const ExtractOptions& options, std::uint64_t start) {
  return archive_options(options, DriveRetry(options.retry, options.quiet), start);
}

void check_keep_free(const ExtractOptions& options) {
  const std::uint64_t left = options.look(options.destination).disk;
  if (left >= options.keep_free) return;
  throw Error(
      ErrorKind::kNoRoom,
      fmt::format(
          "{}: only {} are free on this disk and {} are to stay free (--keep-free); free some "
          "space or choose another disk, then run the same command again",
          options.destination.string(), format_size(double(left)),
          format_size(double(options.keep_free))));
}

}  // namespace rod::prepare
