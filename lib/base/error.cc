#include "base/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace rod {

void throw_errno(const std::string& path, const std::string& what) {
  throw_errno(path, what, errno);
}

void throw_errno(const std::string& path, const std::string& what, int error_number) {
  ErrorKind kind = ErrorKind::kFailed;
  const char* hint = "";
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      kind = ErrorKind::kNoRoom;
      hint = "; free some space or choose another disk, then run the same command again";
      break;
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
      kind = ErrorKind::kBadInput;
      hint = "; check the path";
      break;
    case EACCES:
    case EPERM:
      hint = "; check its owner and mode";
      break;
    case EIO:
    case ENOTCONN:
      hint = "; if this is a mounted drive, mount it again and run the same command";
      break;
    default:
      break;
  }
  throw SystemError(
      kind, error_number,
      fmt::format("{}: can't {}: {}", path, what, std::generic_category().message(error_number)),
      hint);
}

}  // namespace rod
