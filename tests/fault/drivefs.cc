// drivefs MOUNT BACKING FAULTS [CLOUD MILLISECONDS SEED]: a mounted cloud drive that misbehaves on
// demand, for the fault tests.
//
// Shows the folder BACKING under MOUNT. While a file of one of these names exists in the folder
// FAULTS, every call fails so:
//   hang      waits until the file is gone          eio, enotconn  fails with EIO, ENOTCONN
//   full      ENOSPC for whatever needs room        slow           60 MB/s, and 20 ms for every
//   write
//   corrupt   one bit of every written block flips  double         a renamed file appears as "name
//   (1).ext"
//   short     at most 1000 bytes per write           flaky          every third read fails with EIO
// With CLOUD, BACKING is this machine's alone: what is written, renamed or removed there comes to
// CLOUD later, each file by itself after a random time below MILLISECONDS, and so in any order. A
// machine that vanishes is a drivefs that is killed. Runs in the foreground, until MOUNT is
// unmounted, and then uploads what is left.
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

fs::path backing, faults;

bool active(const char* fault) {
  return ::access((faults / fault).c_str(), F_OK) == 0;
}

std::string real(const char* path) {
  return backing.string() + path;
}

// What every call begins with: 0, or the error to fail with.
int gate(bool needs_room = false) {
  while (active("hang")) std::this_thread::sleep_for(20ms);
  if (active("eio")) return -EIO;
  if (active("enotconn")) return -ENOTCONN;
  if (needs_room && active("full")) return -ENOSPC;
  return 0;
}

int result(int value) {
  return value < 0 ? -errno : value;
}

// Brings changes of BACKING to CLOUD, late and in any order.
class Uploads {
 public:
  using Clock = std::chrono::steady_clock;

  void start(const fs::path& cloud, int most_milliseconds, unsigned seed) {
    cloud_ = cloud;
    most_ = most_milliseconds;
    random_.seed(seed);
    thread_ = std::thread([this] { run(); });
  }

  // The file or folder is not any more what CLOUD has.
  void changed(const char* path) {
    if (cloud_.empty()) return;
    const std::lock_guard guard(mutex_);
    const auto late = std::chrono::milliseconds(random_() % static_cast<unsigned>(most_));
    due_.try_emplace(path, Clock::now() + late);
  }

  void finish() {
    if (cloud_.empty()) return;
    end_ = true;
    thread_.join();
  }

 private:
  void run() {
    for (bool last = false; !last; std::this_thread::sleep_for(2ms)) {
      last = end_;
      for (const std::string& path : take(last)) upload(path);
    }
  }

  std::vector<std::string> take(bool all) {
    const std::lock_guard guard(mutex_);
    std::vector<std::string> paths;
    for (auto item = due_.begin(); item != due_.end();) {
      const bool taken = all || item->second <= Clock::now();
      if (taken) paths.push_back(item->first);
      item = taken ? due_.erase(item) : std::next(item);
    }
    return paths;
  }

  void upload(const std::string& path) const {
    const fs::path from = real(path.c_str()), to = cloud_.string() + path,
                   part = cloud_ / ".upload";
    std::error_code error;
    if (fs::is_directory(from, error)) {
      fs::create_directories(to, error);
    } else if (fs::create_directories(to.parent_path(), error);
               fs::copy_file(from, part, fs::copy_options::overwrite_existing, error)) {
      fs::rename(part, to);
    } else {
      fs::remove(to, error);  // as it was here
    }
  }

  fs::path cloud_;  // empty: there is none
  int most_ = 1;
  std::mutex mutex_;
  std::mt19937 random_;
  std::map<std::string, Clock::time_point> due_;
  std::atomic<bool> end_{false};
  std::thread thread_;
};

Uploads uploads;

int changed(const char* path, int result) {
  uploads.changed(path);
  return result;
}

int drive_getattr(const char* path, struct stat* status, fuse_file_info*) {
  if (const int error = gate()) return error;
  return result(::lstat(real(path).c_str(), status));
}

int drive_readdir(const char* path, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info*,
                  fuse_readdir_flags) {
  if (const int error = gate()) return error;
  DIR* folder = ::opendir(real(path).c_str());
  if (folder == nullptr) return -errno;
  while (const dirent* entry = ::readdir(folder))
    fill(buffer, entry->d_name, nullptr, 0, fuse_fill_dir_flags{});
  ::closedir(folder);
  return 0;
}

int drive_mkdir(const char* path, mode_t mode) {
  if (const int error = gate(true)) return error;
  return changed(path, result(::mkdir(real(path).c_str(), mode)));
}

int drive_unlink(const char* path) {
  if (const int error = gate()) return error;
  return changed(path, result(::unlink(real(path).c_str())));
}

int drive_rmdir(const char* path) {
  if (const int error = gate()) return error;
  return result(::rmdir(real(path).c_str()));
}

int drive_rename(const char* from, const char* to, unsigned flags) {
  if (const int error = gate()) return error;
  if (flags != 0) return -EINVAL;
  fs::path target = real(to);
  if (active("double"))
    target.replace_filename(target.stem().string() + " (1)" + target.extension().string());
  return changed(from, changed(to, result(::rename(real(from).c_str(), target.c_str()))));
}

int drive_truncate(const char* path, off_t size, fuse_file_info*) {
  if (const int error = gate()) return error;
  return changed(path, result(::truncate(real(path).c_str(), size)));
}

int open_real(const char* path, int flags, mode_t mode, fuse_file_info* info) {
  const int fd =
      ::open(real(path).c_str(), flags & ~O_APPEND, mode);  // the kernel says where an append goes
  if (fd < 0) return -errno;
  info->fh = static_cast<std::uint64_t>(fd);
  return 0;
}

int drive_create(const char* path, mode_t mode, fuse_file_info* info) {
  if (const int error = gate(true)) return error;
  return open_real(path, info->flags | O_CREAT, mode, info);
}

int drive_open(const char* path, fuse_file_info* info) {
  if (const int error = gate()) return error;
  // Or the kernel's reading ahead would meet the errors, and keep them to itself.
  info->direct_io = active("flaky");
  return open_real(path, info->flags, 0, info);
}

int drive_read(const char*, char* out, std::size_t size, off_t offset, fuse_file_info* info) {
  if (const int error = gate()) return error;
  static std::atomic<unsigned> reads{0};
  if (active("flaky") && ++reads % 3 == 0) return -EIO;
  if (active("slow")) std::this_thread::sleep_for(std::chrono::nanoseconds(size * 1000 / 60));
  return result(static_cast<int>(::pread(static_cast<int>(info->fh), out, size, offset)));
}

int drive_write(const char*, const char* data, std::size_t size, off_t offset,
                fuse_file_info* info) {
  if (const int error = gate(true)) return error;
  if (active("slow")) std::this_thread::sleep_for(20ms);
  if (active("short")) size = std::min<std::size_t>(size, 1000);
  std::vector<char> block(data, data + size);
  if (active("corrupt") && size > 0) block[size / 2] = static_cast<char>(block[size / 2] ^ 4);
  return result(static_cast<int>(::pwrite(static_cast<int>(info->fh), block.data(), size, offset)));
}

int drive_fsync(const char*, int, fuse_file_info* info) {
  if (const int error = gate()) return error;
  return result(::fsync(static_cast<int>(info->fh)));
}

int drive_flush(const char*, fuse_file_info*) {
  return gate();
}

int drive_release(const char* path, fuse_file_info* info) {
  const int code = result(::close(static_cast<int>(info->fh)));
  return (info->flags & O_ACCMODE) == O_RDONLY ? code : changed(path, code);
}

int drive_statfs(const char* path, struct statvfs* status) {
  if (const int error = gate()) return error;
  return result(::statvfs(real(path).c_str(), status));
}

int drive_utimens(const char* path, const timespec times[2], fuse_file_info*) {
  return result(::utimensat(AT_FDCWD, real(path).c_str(), times, AT_SYMLINK_NOFOLLOW));
}

int drive_chmod(const char* path, mode_t mode, fuse_file_info*) {
  return result(::chmod(real(path).c_str(), mode));
}

void* drive_init(fuse_conn_info*, fuse_config* config) {
  config->attr_timeout = config->entry_timeout = config->negative_timeout = 0;
  return nullptr;
}

fuse_operations operations() {
  fuse_operations table{};
  table.init = drive_init;
  table.getattr = drive_getattr;
  table.readdir = drive_readdir;
  table.mkdir = drive_mkdir;
  table.unlink = drive_unlink;
  table.rmdir = drive_rmdir;
  table.rename = drive_rename;
  table.truncate = drive_truncate;
  table.create = drive_create;
  table.open = drive_open;
  table.read = drive_read;
  table.write = drive_write;
  table.fsync = drive_fsync;
  table.flush = drive_flush;
  table.release = drive_release;
  table.statfs = drive_statfs;
  table.utimens = drive_utimens;
  table.chmod = drive_chmod;
  return table;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 && argc != 7) {
    std::cerr << "usage: drivefs MOUNT BACKING FAULTS [CLOUD MILLISECONDS SEED]\n";
    return 2;
  }
  backing = fs::absolute(argv[2]);
  faults = fs::absolute(argv[3]);
  char foreground[] = "-f";
  char* arguments[] = {argv[0], foreground, argv[1], nullptr};
  const fuse_operations table = operations();
  if (argc == 7) {
    uploads.start(fs::absolute(argv[4]), std::stoi(argv[5]),
                  static_cast<unsigned>(std::stoul(argv[6])));
  }
  const int code = fuse_main(3, arguments, &table, nullptr);
  uploads.finish();
  return code;
}
