#include "prepare/cache/shard_destination.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/machine.h"
#include "base/stop.h"
#include "io/file.h"
#include "io/retry.h"
#include "io/verified_copy.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Of a copy onto a drive.
constexpr io::RetryPolicy kDeliveries{
    .give_up_after = 10min,
    .first_pause = 500ms,
    .longest_pause = 30s,
    .retries = [](const Error& error) { return error.kind() == ErrorKind::kFailed; }};

}  // namespace

ShardDestination::ShardDestination(fs::path folder, fs::path local, io::Log log)
    : folder_(std::move(folder)), local_(std::move(local)), log_(std::move(log)) {}

shard::ShardInfo ShardDestination::publish(const shard::ShardWriter& writer,
                                           const std::string& file) const {
  const shard::ShardInfo shard = writer.publish(is_drive() ? local_ : folder_, file);
  if (is_drive()) deliver(shard);
  return shard;
}

void ShardDestination::deliver(const shard::ShardInfo& shard) const {
  const io::StopCheck stop = io::stop_on_signal(kGoOnCaching);
  io::CopyOptions copy;
  copy.expected = {shard.bytes, shard.hash};
  copy.between = stop;
  const io::Log log = [&](const std::string& text) {
    log_("can't write a shard to the drive: " + text);
  };
  try {
    io::retry(kDeliveries, stop, log, [&] {
      io::copy_verified(*io::open_file(local_ / shard.file), folder_ / shard.file, copy);
    });
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInterrupted || error.kind() == ErrorKind::kTerminated) throw;
    // Our own shard, not the user's input, is what is bad here.
    const bool ours = dynamic_cast<const io::SourceDiffers*>(&error) != nullptr;
    const ErrorKind kind = ours ? ErrorKind::kFailed : error.kind();
    throw Error(kind, fmt::format("{}. The shard is kept in {}; {}", error.what(), local_.string(),
                                  kGoOnCaching));
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

}  // namespace rod::prepare
