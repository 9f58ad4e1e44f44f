#include "prepare/file_hash.h"

#include "base/stop.h"

namespace rod {

FileHash hash_file(const std::filesystem::path& path) {
  return hash_contents(File::open_read(path),
                       [] { throw_if_stopped("nothing was changed; run the same command again"); });
}

}  // namespace rod
