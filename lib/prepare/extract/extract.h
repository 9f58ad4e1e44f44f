// `rodprep extract` as a pipeline: archive entries to files under one folder.
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
  std::vector<std::filesystem::path>
      split;                               // split lists on the disk: only the files that they name
  std::uint64_t limit_bytes = 1ull << 40;  // caps that a real data set never meets
  std::uint64_t limit_entries = 3'000'000;
  std::uint64_t limit_ratio = 1000;         // unpacked bytes per byte of the archive; > 0
  std::uint64_t keep_free = kKeepFreeDisk;  // bytes left free on the destination's disk
  LookAtMachine look = machine_at;
  io::FileOpener open{};  // of an archive that is no local file
  // of it: RandomAccessFile::version(). If it is "", a killed run begins anew.
  std::string version{};
  // Called when all was read, before what was unpacked counts as finished; what it throws ends the
  // run.
  std::function<void()> check{};
  archive::PathLimits paths;
  std::chrono::seconds retry = kDriveRetry;  // for which a read of the archive may go on failing
  bool concatenated = false;                 // read on where another tar follows a tar's end mark
  std::string name_encoding;    // of names that don't say that they are UTF-8, as iconv knows it
  std::filesystem::path spool;  // where a zip or 7z from a pipe is kept; "": the temporary folder
  std::uint64_t spool_limit = UINT64_MAX;  // bytes of it
  bool skip_links = false;
  bool skip_bad = false;  // --on-error skip
  bool dry_run = false;
  bool verify = false;  // compare what is there instead of writing
  unsigned jobs = 0;
  bool quiet = false;

  // The archive in a sentence, and in a command to type.
  std::string shown() const { return archive == "-" ? "standard input" : archive.string(); }
  std::string quoted() const { return archive == "-" ? "ARCHIVE" : "'" + archive.string() + "'"; }
};

struct ExtractReport {
  std::uint64_t files = 0, folders = 0, bytes = 0;  // in the archive, after selection
  std::uint64_t written = 0, kept = 0;  // files written now, files that were there already
  std::vector<std::string> skipped;     // "path: reason"
  std::vector<std::string> warnings;    // what is odd, but leaves nothing out
  std::uint64_t read = 0;               // bytes read from the archive
  std::uint64_t needed = 0, free = 0;   // bytes on the disk, where dry_run is set
};

// Unpacks; with dry_run, only tells what would be done and whether it fits; with verify, only
// compares. Regular files (0644, less the umask) and folders (0755) alone are made. A final name
// means complete, also after a kill; a folder of the archive's top that DEST doesn't have yet
// appears as a whole when the run ends, also by an error or a signal. Files that are there with the
// right size are kept, so the same call goes on after a kill; what that needs lies in
// DEST/.rodprep-extract, gone at the end. Nothing is forced to the disk: a machine that vanishes
// takes its disk along, and after a power cut sizes tell what is missing. Throws BadInput (exit 3)
// naming archive and entry; Error(kNoRoom) (exit 4); Error(kFailed); Error(kInterrupted). Complete
// entries stay in every case.
ExtractReport extract(const ExtractOptions& options);

// Every selected entry, hostile ones too, with the path as it would be made; for `--list`. Returns
// warnings. Throws what ArchiveReader throws.
std::vector<std::string> list_archive(
    const ExtractOptions& options, const std::function<void(const archive::ArchiveEntry&)>& show);

// `rodprep extract --verify`: compares a folder with an archive, byte by byte, and writes nothing.
// The archive is read by another route than extract() reads it where its format allows: zlib checks
// gzip's CRC-32 and lengths, and the files' own CRC-32 is compared with that in a zip's directory.
// `kept` counts the files that are equal. Throws BadInput with the number of absent or different
// files and the first of them.
ExtractReport verify_extract(const ExtractOptions& options);

}  // namespace rod::prepare
