// What is left of a stream, kept in a temporary file.
#pragma once

#include <string>

#include "archive/byte_stream.h"
#include "io/spool.h"

namespace rod::archive {

// All that is left of `in`, so that what lies at its end can be read first. Throws as io::Spool and
// `in`.
io::File spool(BufferedStream& in, const io::SpoolOptions& options, const std::string& shown);

}  // namespace rod::archive
