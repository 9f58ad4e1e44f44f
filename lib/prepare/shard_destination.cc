#include "prepare/shard_destination.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/machine.h"
#include "base/stop.h"
#include "prepare/checked_copy.h"

namespace rod {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kPatience = 10min;
constexpr auto kLongestPause = 30s;
constexpr const char* kGoOn = "finished shards are kept: run the same command again to go on";

void pause(std::chrono::milliseconds time) {
  for (constexpr auto kStep = 100ms; time > 0ms; time -= kStep) {
    throw_if_stopped(kGoOn);
    std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(time, kStep));
  }
}

// Anybody may write to the system's temporary folder and guess a name in it: it must be ours alone.
fs::path private_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) throw_errno(folder.string(), "create the folder");
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) throw_errno(folder.string(), "read the owner");
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid()) {
    throw Error(ErrorKind::kFailed, fmt::format("{}: belongs to somebody else; give another folder with --local-dir",
                                                folder.string()));
  }
  return folder;
}

}  // namespace

ShardDestination::ShardDestination(fs::path folder, fs::path local, std::function<void(const std::string&)> say)
    : folder_(std::move(folder)), local_(std::move(local)), say_(std::move(say)) {}

ShardInfo ShardDestination::publish(const ShardWriter& writer, const std::string& file) const {
  const ShardInfo shard = writer.publish(is_drive() ? local_ : folder_, file);
  if (is_drive()) deliver(shard);
  return shard;
}

void ShardDestination::deliver(const ShardInfo& shard) const {
  const auto start = std::chrono::steady_clock::now();
  for (std::chrono::milliseconds wait = 500ms;; wait = std::min<std::chrono::milliseconds>(2 * wait, kLongestPause)) {
    try {
      checked_copy(local_ / shard.file, folder_ / shard.file, {shard.bytes, shard.hash});
      break;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kFailed || std::chrono::steady_clock::now() - start > kPatience) {
        throw Error(error.kind(), fmt::format("{}. The shard waits in {}; {}", error.what(), local_.string(), kGoOn));
      }
      say_(fmt::format("the drive does not take a shard, trying again: {}", error.what()));
    }
    pause(wait);
  }
  fs::remove(local_ / shard.file);
}

void ShardDestination::finish() const {
  if (is_drive()) fs::remove_all(local_);
}

fs::path local_shard_folder(const fs::path& destination, const fs::path& local_dir, const std::string& plan_text) {
  if (local_dir.empty() && !is_on_drive(destination)) return {};
  const fs::path base = local_dir.empty()
                            ? private_folder(fs::temp_directory_path() / fmt::format("rod-{}", ::geteuid()))
                            : local_dir;
  Hasher hasher;
  hasher.update(fs::absolute(destination).lexically_normal().string());
  hasher.update(plan_text);
  return base / ("shards-" + hasher.digest().hex().substr(0, 16));
}

}  // namespace rod
