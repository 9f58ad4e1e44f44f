// Shards on a slow drive, copied to this machine's disk in the order in which they are needed.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/capacity.h"
#include "io/random_access_file.h"
#include "io/retry.h"
#include "shard/split_reader.h"
#include "stream/order.h"

namespace rod::stream {

// For what fails or hangs while a run reads its data from a drive: half an hour of it costs the run
// nothing but time.
inline constexpr std::chrono::milliseconds kDriveTimeout{30'000};  // of one call
inline constexpr io::RetryPolicy kDriveRetries{.give_up_after = std::chrono::minutes(30),
                                               .first_pause = std::chrono::milliseconds(500),
                                               .longest_pause = std::chrono::seconds(30),
                                               .log_every_try = false};

struct StagingOptions {
  std::filesystem::path folder;  // copies lie in FOLDER/shards/FINGERPRINT/SPLIT/00000.safetensors
  std::uint64_t limit =
      0;  // bytes that they may take; 0: what the disk has free, less kKeepFreeDisk
  LookAtMachine look = machine_at;
  io::FileOpener open = io::open_file;  // of a shard where it lies
  std::chrono::milliseconds timeout = kDriveTimeout;
  io::RetryPolicy retries = kDriveRetries;
  io::Log log{};
};

// Who will read what: a stream of batches over a split, from its `batch`-th on.
struct StagedStream {
  std::string split;
  StreamOrder order;
  std::shared_ptr<const std::atomic<std::uint64_t>> batch;
};

// Until start() shards are read where they are: only what opening them needs. From then on a thread
// copies shards, the soonest needed first, checks each against its hash in the manifest, and
// removes the one that is needed latest when the limit is reached. A read waits until its shard is
// here. Shards that do not fit beside those that are needed as soon are read where they are. Copies
// are kept, and used again by the next run after their hash was checked; the shards on the drive
// are never changed. Errors at a read: io::retry()'s, BadInput naming a shard that is not what the
// manifest says.
class Staging {
 public:
  Staging(const StagingOptions& options, const shard::Manifest& manifest);
  ~Staging();  // stop()

  shard::ShardOpener opener() const;  // may outlive this object
  void start(std::vector<StagedStream> streams);
  void stop();  // ends waiting reads with an error

  struct Figures {
    std::uint64_t local_bytes = 0;  // of copies
    std::uint64_t copied = 0, reused = 0, removed = 0,
                  direct = 0;  // shards; direct: that are read on the drive
    std::uint64_t limit = 0;   // bytes that copies may take
  };
  Figures figures() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace rod::stream
