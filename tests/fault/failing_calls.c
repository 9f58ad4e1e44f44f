// LD_PRELOAD: counts the process's calls of one kind that touch files, and kills it at one of them or makes that call fail.
//
//   ROD_CALL   write | fsync | rename | unlink | mkdir | setxattr | pread
//   ROD_AT     which call, from 1; without it calls are only counted
//   ROD_FAIL   KILL (before the call is made), or ENOSPC, EIO, EINTR (instead of it)
//   ROD_COUNT  a file that gets the number of calls when the process ends
//   ROD_SHORT  set: every write takes at most 1,000 bytes
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static atomic_long calls;

// Whether this call fails; errno is set.
static int fails(const char* call) {
  const char *wanted = getenv("ROD_CALL"), *at = getenv("ROD_AT"), *how = getenv("ROD_FAIL");
  if (wanted == NULL || strcmp(wanted, call) != 0) return 0;
  const long number = ++calls;
  if (at == NULL || number != atol(at)) return 0;
  if (strcmp(how, "KILL") == 0) kill(getpid(), SIGKILL);
  errno = strcmp(how, "ENOSPC") == 0 ? ENOSPC : strcmp(how, "EINTR") == 0 ? EINTR : EIO;
  return 1;
}

__attribute__((destructor)) static void tell(void) {
  const char* path = getenv("ROD_COUNT");
  FILE* file = path == NULL ? NULL : fopen(path, "w");
  if (file == NULL) return;
  fprintf(file, "%ld\n", (long)calls);
  fclose(file);
}

static int is_file(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

ssize_t write(int fd, const void* data, size_t bytes) {
  if (is_file(fd)) {
    if (fails("write")) return -1;
    if (getenv("ROD_SHORT") != NULL && bytes > 1000) bytes = 1000;
  }
  return REAL(write)(fd, data, bytes);
}

ssize_t pread(int fd, void* data, size_t bytes, off_t offset) {
  return fails("pread") ? -1 : REAL(pread)(fd, data, bytes, offset);
}

ssize_t pread64(int fd, void* data, size_t bytes, off64_t offset) {
  return fails("pread") ? -1 : REAL(pread64)(fd, data, bytes, offset);
}

int fsync(int fd) {
  return fails("fsync") ? -1 : REAL(fsync)(fd);
}

int rename(const char* from, const char* to) {
  return fails("rename") ? -1 : REAL(rename)(from, to);
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  return fails("rename") ? -1 : REAL(renameat)(from_folder, from, to_folder, to);
}

int unlink(const char* path) {
  return fails("unlink") ? -1 : REAL(unlink)(path);
}

int unlinkat(int folder, const char* path, int flags) {
  return fails("unlink") ? -1 : REAL(unlinkat)(folder, path, flags);
}

int mkdir(const char* path, mode_t mode) {
  return fails("mkdir") ? -1 : REAL(mkdir)(path, mode);
}

int mkdirat(int folder, const char* path, mode_t mode) {
  return fails("mkdir") ? -1 : REAL(mkdirat)(folder, path, mode);
}

int fsetxattr(int fd, const char* name, const void* value, size_t bytes, int flags) {
  return fails("setxattr") ? -1 : REAL(fsetxattr)(fd, name, value, bytes, flags);
}
