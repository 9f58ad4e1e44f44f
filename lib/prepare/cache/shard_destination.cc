#include "prepare/cache/shard_destination.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/machine.h"
#include "base/scratch_folder.h"
#include "base/stop.h"
#include "prepare/cache/checked_copy.h"

namespace rod {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kPatience = 10min;
constexpr auto kLongestPause = 30s;

}  // namespace

ShardDestination::ShardDestination(fs::path folder, fs::path local,
                                   std::function<void(const std::string&)> say)
    : folder_(std::move(folder)), local_(std::move(local)), say_(std::move(say)) {}

ShardInfo ShardDestination::publish(const ShardWriter& writer, const std::string& file) const {
  const ShardInfo shard = writer.publish(is_drive() ? local_ : folder_, file);
  if (is_drive()) deliver(shard);
  return shard;
}

void ShardDestination::deliver(const ShardInfo& shard) const {
  const auto start = std::chrono::steady_clock::now();
  for (std::chrono::milliseconds wait = 500ms;;
       wait = std::min<std::chrono::milliseconds>(2 * wait, kLongestPause)) {
    try {
      checked_copy(local_ / shard.file, folder_ / shard.file, {shard.bytes, shard.hash});
      break;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kFailed ||
          std::chrono::steady_clock::now() - start > kPatience) {
        throw Error(error.kind(), fmt::format("{}. The shard waits in {}; {}", error.what(),
                                              local_.string(), kGoOnCaching));
      }
      say_(fmt::format("the drive does not take a shard, trying again: {}", error.what()));
    }
    pause(wait, kGoOnCaching);
  }
  fs::remove(local_ / shard.file);
}

void ShardDestination::finish() const {
  if (is_drive()) fs::remove_all(local_);
}

fs::path local_shard_folder(const fs::path& destination, const fs::path& local_dir,
                            const std::string& plan_text) {
  if (local_dir.empty() && !is_on_drive(destination)) return {};
  Hasher hasher;
  hasher.update(fs::absolute(destination).lexically_normal().string());
  hasher.update(plan_text);
  return scratch_folder(local_dir) / ("shards-" + hasher.digest().hex().substr(0, 16));
}

}  // namespace rod
