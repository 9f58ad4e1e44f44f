// Whether what an archive holds will fit on the destination's disk.
#pragma once

#include "prepare/extract.h"

namespace rod {

// Reads headers and says what is to be unpacked, how many bytes of disk that takes (whole blocks, less what
// is there already) and how many are free. Errors: kNoRoom when it doesn't fit in bytes or in number of
// files; as EntryGate and ArchiveReader.
ExtractReport plan_extract(const ExtractOptions& options);

// The same for an uncompressed tar before it is unpacked, but stops reading once it is clear that it fits
// twice: reading all headers from a mounted drive would cost as much as the archive. No other format
// tells its sizes in advance.
void check_room(const ExtractOptions& options);

// Errors: kNoRoom when less than --keep-free is left.
void check_keep_free(const ExtractOptions& options);

}  // namespace rod
