// Reads a distant file in large blocks on several connections, ahead of the readers.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "io/random_access_file.h"
#include "io/retry.h"
#include "io/spool.h"

namespace rod::io {

struct ReadAhead {
  std::size_t block = std::size_t{8} << 20;  // bytes of one read
  unsigned connections = 4;                  // reads at the same time
  unsigned blocks = 12;                      // in memory, at most; more than `connections`
  // Keeps what was read in a temporary file, so that nothing is fetched twice, if `keep_if` is
  // given and says so for the opened file. When that has no more room, the rest is fetched again
  // where it is needed again.
  SpoolOptions keep{};
  std::function<bool(const RandomAccessFile&)> keep_if{};
  StopCheck stop{};  // called while a read waits
};

// A file whose reads are served from blocks of the file that `open` returns. Up to eight sequences
// of reads are followed at the same time; a read continues one if it begins at most a block after
// its end. Blocks of a sequence are fetched ahead; a read that continues none goes to the file
// itself, for the bytes it asks for. `open` gets a check that throws when this file is closed, for
// reads that are on their way. Reads are thread-safe, and throw what the file's throw.
std::shared_ptr<const RandomAccessFile> with_read_ahead(
    const std::function<std::shared_ptr<const RandomAccessFile>(const StopCheck& closed)>& open,
    const ReadAhead& options);

}  // namespace rod::io
