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

// What the first bytes are compressed with, if anything.
std::optional<Compression> compression_of(std::span<const std::byte> start);
const char* compression_name(Compression compression);  // as the program that makes it is called
inline constexpr std::size_t kCompressionMark = 16;     // bytes that compression_of() looks at

// Below so many bytes a good ratio is no attack: an archive of a few blank images is small.
inline constexpr std::uint64_t kHarmlessBytes = 32 << 20;

struct DecodeLimits {
  std::string shown;                            // the archive, for messages
  std::uint64_t ratio = 1000;                   // decoded bytes per byte of the archive
  std::function<std::uint64_t()> source_bytes;  // of the archive, as far as they are known
  bool gzip_by_zlib = false;                    // as in ArchiveOptions
};

// The decoded bytes of all of `in`: several members, frames or streams follow one another, and
// anything else after them is an error. Its read() asks for stop signals. `in` outlives it. Throws
// BadInput saying where and why, also for a cut; Error(kNoRoom) at the ratio, or when decoding
// needs too much memory; BadInput naming the program that decodes, for kCompress and what this
// build lacks.
std::unique_ptr<ByteStream> make_decoder(Compression compression, BufferedStream& in,
                                         DecodeLimits limits);

}  // namespace rod::archive
