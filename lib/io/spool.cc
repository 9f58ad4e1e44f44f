#include "io/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/machine.h"
#include "base/stop.h"
#include "base/units.h"

namespace rod::io {
namespace {

constexpr std::size_t kSpoolPiece = 1 << 20;
constexpr std::uint64_t kRoomCheckBytes = 64 << 20;  // written between two looks at the free space

File unnamed_file(const std::filesystem::path& folder) {
  std::string name = (folder / "rodprep-spool-XXXXXX").string();
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) throw_errno(name, "create");
  ::unlink(name.c_str());
  return File(fd, name);
}

std::filesystem::path made_folder(const std::filesystem::path& folder) {
  if (folder.empty()) return scratch_folder({});
  make_folders(folder);
  return folder;
}

}  // namespace

Spool::Spool(const SpoolOptions& options, std::string need, std::string or_else)
    : options_(options),
      need_(std::move(need)),
      or_else_(std::move(or_else)),
      folder_(made_folder(options.folder)),
      file_(unnamed_file(folder_)) {}

void Spool::append(std::span<const std::byte> bytes) {
  throw_if_stopped("run the same command again");
  if (bytes.size() > options_.limit - std::min(size_, options_.limit)) {
    throw Error(ErrorKind::kNoRoom,
                fmt::format("{} takes more than {} of disk; raise --spool-limit, or {}", need_,
                            format_size(double(options_.limit)), or_else_));
  }
  size_ += bytes.size();
  if (size_ > next_check_) {
    next_check_ = size_ + kRoomCheckBytes;
    if (const std::uint64_t left = free_space(folder_); left < options_.keep_free + kSpoolPiece) {
      throw Error(
          ErrorKind::kNoRoom,
          fmt::format("{} takes more room than {} has ({} are free, {} are to stay free); name "
                      "a folder with --spool DIR, or {}",
                      need_, folder_.string(), format_size(double(left)),
                      format_size(double(options_.keep_free)), or_else_));
    }
  }
  file_.write_all(bytes);
}

void Spool::clear() {
  if (::ftruncate(file_.fd(), 0) != 0 || ::lseek(file_.fd(), 0, SEEK_SET) != 0)
    throw_errno(file_.path(), "empty it");
  size_ = next_check_ = 0;
}

}  // namespace rod::io
