// Whether what an archive holds will fit on the destination's disk.
#pragma once

#include <cstdint>

#include "archive/archive_reader.h"
#include "prepare/extract/extract.h"

namespace rod::prepare {

// Reads headers and says what is to be unpacked, how many bytes of disk that takes (whole blocks,
// less what is there already) and how many are free. Throws Error(kNoRoom) when it doesn't fit in
// bytes or in number of files; as EntryGate and ArchiveReader.
ExtractReport plan_extract(const ExtractOptions& options);

// Before unpacking, from `start` on; returns the bytes that were read of the archive. For an
// uncompressed tar and a zip by their headers: exactly, but it stops reading once it is clear that
// the archive fits twice, as reading all headers from a mounted drive would cost as much as the
// archive. For others by what their first megabytes grow to: it is refused when four fifths of that
// estimate don't fit. Throws Error(kNoRoom).
std::uint64_t check_room(const ExtractOptions& options, std::uint64_t start);

// How the archive is to be read, from `start` on: opened by `options.open`, or else as a file whose
// reads are retried and logged as `retry` says.
archive::ArchiveOptions archive_options(const ExtractOptions& options, const DriveRetry& retry,
                                        std::uint64_t start);
archive::ArchiveOptions archive_options(const ExtractOptions& options, std::uint64_t start = 0);

// Throws Error(kNoRoom) when less than --keep-free is left.
void check_keep_free(const ExtractOptions& options);

}  // namespace rod::prepare
