// `rodprep extract --verify`: compares a folder with an archive, byte by byte. The archive is read
// by another route than extract() reads it where its format allows: zlib checks gzip's CRC-32 and
// lengths, and the files' own CRC-32 is compared with that in a zip's directory.
#pragma once

#include "prepare/extract/extract.h"

namespace rod::prepare {

// Reads archive and files; writes nothing. `kept` counts the files that are equal. Throws BadInput
// with the number of absent or different files and the first of them.
ExtractReport verify_extract(const ExtractOptions& options);

}  // namespace rod::prepare
