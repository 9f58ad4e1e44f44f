#include "prepare/cache/checked_copy.h"

#include <fmt/format.h>

#include <cstddef>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/stop.h"

namespace rod {
namespace {

void stop_if_asked() {
  throw_if_stopped("run the same command again to go on");
}

}  // namespace

void checked_copy(const std::filesystem::path& from, const std::filesystem::path& to,
                  const FileHash& expected) {
  constexpr std::size_t kPiece = 4 << 20;
  const File source = File::open_read(from);
  AtomicFile copy(to);
  std::vector<std::byte> piece(kPiece);
  for (std::uint64_t at = 0;;) {
    stop_if_asked();
    const std::size_t got = source.read_some(piece, at);
    if (got == 0) break;
    copy.write(std::span(piece).first(got));
    at += got;
  }
  copy.close();
  const File written = File::open_read(copy.temporary());
  written.drop_cache();
  const FileHash found = hash_contents(written, stop_if_asked);
  if (found != expected) {
    throw Error(ErrorKind::kFailed,
                fmt::format("{}: does not read back as it was written ({} bytes, expected {}); the "
                            "disk or drive is at fault: "
                            "try again, or choose another",
                            to.string(), found.bytes, expected.bytes));
  }
  copy.publish();
}

}  // namespace rod
