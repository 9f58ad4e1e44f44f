// To be preloaded: pread waits for as long as the file that ROD_HOLD names exists, as on a drive
// that hangs.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>

namespace {

void hold() {
  const char* const file = std::getenv("ROD_HOLD");
  while (file != nullptr && ::access(file, F_OK) == 0) ::usleep(10000);
}

}  // namespace

extern "C" ssize_t pread(int fd, void* data, size_t bytes, off_t offset) {
  hold();
  return reinterpret_cast<ssize_t (*)(int, void*, size_t, off_t)>(dlsym(RTLD_NEXT, "pread"))(
      fd, data, bytes, offset);
}

extern "C" ssize_t pread64(int fd, void* data, size_t bytes, off64_t offset) {
  hold();
  return reinterpret_cast<ssize_t (*)(int, void*, size_t, off64_t)>(dlsym(RTLD_NEXT, "pread64"))(
      fd, data, bytes, offset);
}
