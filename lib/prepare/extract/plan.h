// Checks whether an archive's content will fit on the destination's disk.
#pragma once

#include <cstdint>

#include "archive/archive_reader.h"
#include "prepare/extract/extract.h"

namespace rod::prepare {

// Reads headers and reports what would be unpacked, how many bytes of disk that needs (in whole
// blocks, without existing files) and how many are free. Throws Error(kNoRoom) if the bytes or the
// number of files don't fit; what EntryGate and ArchiveReader throw.
ExtractReport plan_extract(const ExtractOptions& options);

// Call before unpacking, from `start` on. Returns the number of bytes read from the archive. The
// check is exact for an uncompressed tar and a zip, from their headers; it stops once the archive
// certainly fits twice, because reading all headers from a mounted drive would take as long as
// reading the archive. For other archives, the size is estimated from their first megabytes. Throws
// Error(kNoRoom) if the exact size, or four fifths of the estimate, does not fit.
std::uint64_t check_room(const ExtractOptions& options, std::uint64_t start);

// Returns the options for reading the archive from `start` on: opened with `options.open`, or
// otherwise as a file whose reads are retried and logged as `retry` says.
archive::ArchiveOptions archive_options(const ExtractOptions& options, const DriveRetry& retry,
                                        std::uint64_t start);
archive::ArchiveOptions archive_options(const ExtractOptions& options, std::uint64_t start = 0);

// Throws Error(kNoRoom) if less than --keep-free is free.
void check_keep_free(const ExtractOptions& options);

}  // namespace rod::prepare
