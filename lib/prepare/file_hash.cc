#include "prepare/file_hash.h"

#include "base/stop.h"

namespace rod::prepare {

io::FileHash hash_file(const std::filesystem::path& path) {
  return io::hash_contents(*io::open_file(path), [] {
    throw_if_stopped("nothing was changed; run the same command again");
  });
}

}  // namespace rod::prepare
