// LD_PRELOAD: counts the process's calls of one kind that touch files, and kills it at one of them
// or makes that call fail. Standard input, output and error don't count.
//
//   ROD_CALL   open | write | fsync | truncate | close | rename | unlink | mkdir | setxattr | pread
//   ROD_FILES, ROD_NOT_FILES   patterns (fnmatch) of the whole path: only these files count, these
//   don't
//   ROD_AT     which call, from 1; without it calls are only counted
//   ROD_FAIL   KILL, INT, TERM (before the call is made), or the name of an error (instead of it;
//   close closes all the same)
//   ROD_COUNT  a file that gets the number of calls when the process ends
//   ROD_HIT    a file that is made at the call
//   ROD_SHORT  set: every write takes at most 1,000 bytes
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
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

// Whether ROD_FILES and ROD_NOT_FILES select the file `path` of a folder, or the folder (or file)
// itself without one.
static int selected(int folder, const char* path) {
  const char *files = getenv("ROD_FILES"), *not_files = getenv("ROD_NOT_FILES");
  if (files == NULL && not_files == NULL) return 1;
  char link[64], whole[2 * PATH_MAX] = "";
  if (path == NULL || path[0] != '/') {
    snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
    const ssize_t length = readlink(link, whole, PATH_MAX);
    whole[length < 0 ? 0 : length] = '\0';
    if (path != NULL) strcat(whole, "/");
  }
  if (path != NULL) strncat(whole, path, PATH_MAX - 2);
  return (files == NULL || fnmatch(files, whole, 0) == 0) &&
         (not_files == NULL || fnmatch(not_files, whole, 0) != 0);
}

static int error_number(const char* name) {
  for (int number = 1; number < 200; ++number) {
    const char* known = strerrorname_np(number);
    if (known != NULL && strcmp(known, name) == 0) return number;
  }
  return EIO;
}

// Whether this call fails; errno is set.
static int fails(const char* call, int folder, const char* path) {
  const char *wanted = getenv("ROD_CALL"), *at = getenv("ROD_AT"), *how = getenv("ROD_FAIL"),
             *hit = getenv("ROD_HIT");
  if (wanted == NULL || strcmp(wanted, call) != 0 || !selected(folder, path)) return 0;
  const long number = ++calls;
  if (at == NULL || number != atol(at)) return 0;
  if (hit != NULL) REAL(close)(REAL(open)(hit, O_WRONLY | O_CREAT, 0644));
  const int signal = strcmp(how, "KILL") == 0   ? SIGKILL
                     : strcmp(how, "INT") == 0  ? SIGINT
                     : strcmp(how, "TERM") == 0 ? SIGTERM
                                                : 0;
  if (signal != 0) {
    kill(getpid(), signal);
    return 0;
  }
  errno = error_number(how);
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
  return fd > STDERR_FILENO && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

static mode_t mode_of(int flags, va_list arguments) {
  return flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return fails("open", AT_FDCWD, path) ? -1 : REAL(open)(path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return fails("open", folder, path) ? -1 : REAL(openat)(folder, path, flags, mode);
}

int close(int fd) {
  const int failed = is_file(fd) && fails("close", fd, NULL), number = errno;
  const int result = REAL(close)(fd);
  if (!failed) return result;
  errno = number;
  return -1;
}

ssize_t write(int fd, const void* data, size_t bytes) {
  if (is_file(fd)) {
    if (fails("write", fd, NULL)) return -1;
    if (getenv("ROD_SHORT") != NULL && bytes > 1000) bytes = 1000;
  }
  return REAL(write)(fd, data, bytes);
}

ssize_t pread(int fd, void* data, size_t bytes, off_t offset) {
  return fails("pread", fd, NULL) ? -1 : REAL(pread)(fd, data, bytes, offset);
}

ssize_t pread64(int fd, void* data, size_t bytes, off64_t offset) {
  return fails("pread", fd, NULL) ? -1 : REAL(pread64)(fd, data, bytes, offset);
}

int fsync(int fd) {
  return fails("fsync", fd, NULL) ? -1 : REAL(fsync)(fd);
}

int ftruncate(int fd, off_t bytes) {
  return fails("truncate", fd, NULL) ? -1 : REAL(ftruncate)(fd, bytes);
}

int truncate(const char* path, off_t bytes) {
  return fails("truncate", AT_FDCWD, path) ? -1 : REAL(truncate)(path, bytes);
}

int rename(const char* from, const char* to) {
  return fails("rename", AT_FDCWD, to) ? -1 : REAL(rename)(from, to);
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  return fails("rename", to_folder, to) ? -1 : REAL(renameat)(from_folder, from, to_folder, to);
}

int unlink(const char* path) {
  return fails("unlink", AT_FDCWD, path) ? -1 : REAL(unlink)(path);
}

int unlinkat(int folder, const char* path, int flags) {
  return fails("unlink", folder, path) ? -1 : REAL(unlinkat)(folder, path, flags);
}

int remove(const char* path) {
  return fails("unlink", AT_FDCWD, path) ? -1 : REAL(remove)(path);
}

int mkdir(const char* path, mode_t mode) {
  return fails("mkdir", AT_FDCWD, path) ? -1 : REAL(mkdir)(path, mode);
}

int mkdirat(int folder, const char* path, mode_t mode) {
  return fails("mkdir", folder, path) ? -1 : REAL(mkdirat)(folder, path, mode);
}

int fsetxattr(int fd, const char* name, const void* value, size_t bytes, int flags) {
  return fails("setxattr", fd, NULL) ? -1 : REAL(fsetxattr)(fd, name, value, bytes, flags);
}
