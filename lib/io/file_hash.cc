#include "io/file_hash.h"

#include <span>
#include <vector>

#include "base/stop.h"

namespace rod::io {

FileHash hash_contents(const RandomAccessFile& file, const std::function<void()>& between) {
  std::vector<std::byte> piece(1u << 20);
  FileHash result;
  Hasher hasher;
  for (;;) {
    if (between) between();
    const std::size_t got = file.read_at(piece, result.bytes);
    if (got == 0) break;
    hasher.update(std::span(piece).first(got));
    result.bytes += got;
  }
  result.hash = hasher.digest();
  return result;
}

FileHash hash_file(const std::filesystem::path& path) {
  return hash_contents(*open_file(path),
                       [] { throw_if_stopped("nothing was changed; run the same command again"); });
}

}  // namespace rod::io
