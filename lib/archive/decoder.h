// Decompression of a whole file: gzip, bzip2, xz, lzma, lzip, zstd and lz4, with every check that
// the format has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "archive/byte_stream.h"

namespace rod::archive {

enum class Compression { kGzip, kBzip2, kXz, kLzma, kLzip, kZstd, kLz4, kLegacyLz4, kCompress };

// Returns the compression that a file's first bytes identify, or nothing.
std::optional<Compression> compression_of(std::span<const std::byte> start);
const char* compression_name(Compression compression);  // the name of the program that makes it
inline constexpr std::size_t kCompressionMark = 16;     // bytes that compression_of() looks at

// Below this size a high ratio is not an attack: an archive of a few blank images is small.
inline constexpr std::uint64_t kHarmlessBytes = 32 << 20;

struct DecodeLimits {
  std::string shown;                            // the archive, for messages
  std::uint64_t ratio = 1000;                   // decoded bytes per byte of the archive
  std::function<std::uint64_t()> source_bytes;  // of the archive, as far as known
  bool gzip_by_zlib = false;                    // as in ArchiveOptions
};

// Returns a stream of the decoded bytes of all of `in`, which may consist of several members,
// frames or streams; other data after them is an error. Its read() checks for stop signals. Its
// read() throws BadInput with the position and reason for damaged or truncated data, and
// Error(kNoRoom) if the ratio is exceeded or decoding needs too much memory. For kCompress and for
// compressions that this build lacks, throws BadInput naming the program that decodes them.
// Requires: `in` outlives the stream.
std::unique_ptr<ByteStream> make_decoder(Compression compression, BufferedStream& in,
                                         DecodeLimits limits);

}  // namespace rod::archive
