#include "archive/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/machine.h"
#include "base/stop.h"
#include "base/units.h"

namespace rod::archive {
namespace {

constexpr std::size_t kPiece = 1 << 20;
constexpr std::uint64_t kRoomCheckBytes = 64 << 20;  // written between two looks at the free space

}  // namespace

io::File spool(BufferedStream& in, const std::filesystem::path& folder, std::uint64_t limit,
               std::uint64_t keep_free, const std::string& shown) {
  io::make_folders(folder);
  std::string name = (folder / "rodprep-spool-XXXXXX").string();
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) throw_errno(name, "create");
  ::unlink(name.c_str());
  io::File file(fd, shown);
  std::vector<std::byte> piece(kPiece);
  std::uint64_t total = 0, next_check = 0;
  while (const std::size_t got = in.read(piece)) {
    throw_if_stopped("nothing was written yet");
    total += got;
    if (total > limit) {
      throw Error(ErrorKind::kNoRoom,
                  fmt::format("{}: has its list of entries at its end, and to keep it until then "
                              "takes more than {}; "
                              "raise --spool-limit, or save it and give its path",
                              shown, format_size(double(limit))));
    }
    if (total > next_check) {
      next_check = total + kRoomCheckBytes;
      if (const std::uint64_t left = free_space(folder); left < keep_free + kPiece) {
        throw Error(ErrorKind::kNoRoom,
                    fmt::format("{}: has its list of entries at its end, and {} has no room to "
                                "keep it until then ({} are "
                                "free, {} are to stay free); name a folder with --spool DIR, or "
                                "save it and give its path",
                                shown, folder.string(), format_size(double(left)),
                                format_size(double(keep_free))));
      }
    }
    file.write_all(std::span(piece).first(got));
  }
  return file;
}

}  // namespace rod::archive
