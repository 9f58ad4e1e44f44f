#include "prepare/checked_copy.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cstddef>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/stop.h"

namespace rod {

void checked_copy(const std::filesystem::path& from, const std::filesystem::path& to,
                  const FileHash& expected) {
  constexpr std::size_t kPiece = 4 << 20;
  const File source = File::open_read(from);
  AtomicFile copy(to);
  std::vector<std::byte> piece(kPiece);
  for (std::uint64_t at = 0;;) {
    throw_if_stopped("run the same command again to go on");
    const std::size_t got = source.read_some(piece, at);
    if (got == 0) break;
    copy.write(std::span(piece).first(got));
    at += got;
  }
  copy.close();
  // What is still in the page cache would only prove that memory works.
  const File written = File::open_read(copy.temporary());
  ::posix_fadvise(written.fd(), 0, 0, POSIX_FADV_DONTNEED);
  const FileHash found = hash_file(copy.temporary());
  if (found.bytes != expected.bytes || found.hash != expected.hash) {
    throw Error(ErrorKind::kFailed,
                fmt::format("{}: does not read back as it was written ({} bytes, expected {}); the disk or drive is at fault: "
                            "try again, or choose another",
                            to.string(), found.bytes, expected.bytes));
  }
  copy.publish();
}

}  // namespace rod
