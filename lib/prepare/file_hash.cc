#include "prepare/file_hash.h"

#include <span>
#include <vector>

#include "base/file.h"
#include "base/stop.h"

namespace rod {

FileHash hash_file(const std::filesystem::path& path) {
  const File file = File::open_read(path);
  std::vector<std::byte> piece(1u << 20);
  FileHash result;
  Hasher hasher;
  for (;;) {
    throw_if_stopped("nothing was changed; run the same command again");
    const std::size_t got = file.read_some(piece, result.bytes);
    if (got == 0) break;
    hasher.update(std::span(piece).first(got));
    result.bytes += got;
  }
  result.hash = hasher.digest();
  return result;
}

}  // namespace rod
