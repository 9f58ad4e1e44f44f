// Reads a remote file in large blocks on several connections, ahead of the readers.
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
  // If `keep_if` is given and returns true for the opened file, blocks are kept in a temporary
  // file, so that nothing is fetched twice. When that file is full, the rest is fetched again if
  // needed.
  SpoolOptions keep{};
  std::function<bool(const RandomAccessFile&)> keep_if{};
  StopCheck stop{};  // called while a read waits
};

// Returns a file whose reads are served from blocks of the file that `open` returns. Up to eight
// sequences of reads are tracked at the same time; a read continues a sequence if it begins at most
// one block after its end. Blocks of a sequence are fetched ahead; a read that continues none reads
// only its bytes from the file itself. `open` receives a check that throws when this file is
// closed, which ends reads in progress. Reads are thread-safe, and throw what the file's reads
// throw.
std::shared_ptr<const RandomAccessFile> with_read_ahead(
    const std::function<std::shared_ptr<const RandomAccessFile>(const StopCheck& closed)>& open,
    const ReadAhead& options);

}  // namespace rod::io
