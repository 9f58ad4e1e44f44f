// `rodprep extract` as a pipeline: unpacks archive entries to files below one folder.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "archive/archive_reader.h"
#include "archive/safe_path.h"
#include "base/capacity.h"
#include "prepare/drive_retry.h"

namespace rod::prepare {

struct ExtractOptions {
  std::filesystem::path archive, destination;
  std::vector<std::string> include, exclude;  // globs over the entry's path; `*` matches `/` too
  // split lists on the disk: only files that they name are unpacked
  std::vector<std::filesystem::path> split;
  std::uint64_t limit_bytes = 1ull << 40;  // limits that no real data set reaches
  std::uint64_t limit_entries = 3'000'000;
  std::uint64_t limit_ratio = 1000;         // unpacked bytes per byte of the archive; > 0
  std::uint64_t keep_free = kKeepFreeDisk;  // bytes left free on the destination's disk
  LookAtMachine look = machine_at;
  io::FileOpener open{};  // of an archive that is not a local file
  // the RandomAccessFile::version() of that archive; "": a killed run can't be resumed
  std::string version{};
  // Called when the archive was read completely, before the result counts as finished; what it
  // throws ends the run.
  std::function<void()> check{};
  archive::PathLimits paths;
  std::chrono::seconds retry = kDriveRetry;  // how long failing reads of the archive are retried
  bool concatenated = false;                 // continue if another tar follows a tar's end mark
  std::string name_encoding;    // iconv's name of the encoding of names not marked as UTF-8
  std::filesystem::path spool;  // folder for a zip or 7z from a pipe; "": the temporary folder
  std::uint64_t spool_limit = UINT64_MAX;  // bytes of it
  bool skip_links = false;
  bool skip_bad = false;  // --on-error skip
  bool dry_run = false;
  bool verify = false;  // compare existing files instead of writing
  unsigned jobs = 0;
  bool quiet = false;

  // The archive's name for a sentence, and for a command to type.
  std::string shown() const { return archive == "-" ? "standard input" : archive.string(); }
  std::string quoted() const { return archive == "-" ? "ARCHIVE" : "'" + archive.string() + "'"; }
};

struct ExtractReport {
  std::uint64_t files = 0, folders = 0, bytes = 0;  // in the archive, after selection
  std::uint64_t written = 0, kept = 0;              // files written now, files that existed already
  std::vector<std::string> skipped;                 // "path: reason"
  std::vector<std::string> warnings;                // irregularities that leave nothing out
  std::uint64_t read = 0;                           // bytes read from the archive
  std::uint64_t needed = 0, free = 0;               // bytes on the disk, with dry_run
};

// Unpacks the archive; with dry_run, only reports what would be done and whether it fits; with
// verify, only compares. Creates only regular files (0644, less the umask) and folders (0755). A
// final name means complete, even after a kill. A top-level folder of the archive that DEST lacks
// appears as a whole when the run ends, even by an error or a signal. Existing files that hold the
// entry's bytes are kept and others are replaced, so the same call resumes after a kill; its state
// is in DEST/.rodprep-extract, which is removed at the end. Files are not synced: if the machine
// disappears, so does its disk, and after a power failure the same call replaces what is
// incomplete. Throws BadInput naming archive and entry; Error(kNoRoom); Error(kFailed);
// Error(kInterrupted). Complete entries are kept in every case.
ExtractReport extract(const ExtractOptions& options);

// For `--list`: calls `show` for every selected entry, including hostile ones, with the path that
// it would get. Returns warnings. Throws what ArchiveReader throws.
std::vector<std::string> list_archive(
    const ExtractOptions& options, const std::function<void(const archive::ArchiveEntry&)>& show);

// `rodprep extract --verify`: compares a folder with an archive, byte by byte, and writes nothing.
// If the format allows it, the archive is read in another way than by extract(): zlib checks gzip's
// CRC-32 and lengths, and the CRC-32 of the files on disk is compared with that in a zip's
// directory. `kept` counts the equal files. Throws BadInput with the number of missing or different
// files and the first of them.
ExtractReport verify_extract(const ExtractOptions& options);

}  // namespace rod::prepare
