// Copies shards from a slow drive to this machine's disk, in the order in which they are needed.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/capacity.h"
#include "io/random_access_file.h"
#include "io/retry.h"
#include "shard/split_reader.h"
#include "stream/order.h"

namespace rod::stream {

// Limits for a drive that fails or hangs while a run reads its data. An outage of up to half an
// hour only delays the run.
inline constexpr std::chrono::milliseconds kDriveTimeout{30'000};  // of one call
inline constexpr io::RetryPolicy kDriveRetries{.give_up_after = std::chrono::minutes(30),
                                               .first_pause = std::chrono::milliseconds(500),
                                               .longest_pause = std::chrono::seconds(30),
                                               .log_every_try = false};

struct StagingOptions {
  std::filesystem::path folder;  // copies are FOLDER/shards/FINGERPRINT/SPLIT/00000.safetensors
  // bytes that copies may take; 0: the disk's free space, less kKeepFreeDisk
  std::uint64_t limit = 0;
  LookAtMachine look = machine_at;
  io::FileOpener open = io::open_file;  // opens a shard at its source
  // Replaces `open` for sources that have their own timeouts and do their own retries, see
  // io::DataFolder. Their shards are copied on several connections.
  std::function<std::shared_ptr<const io::RandomAccessFile>(const std::filesystem::path& path,
                                                            const io::Retrying& how)>
      open_with{};
  std::chrono::milliseconds timeout = kDriveTimeout;
  io::RetryPolicy retries = kDriveRetries;
  io::Log log{};
};

// A stream of batches over a split that will be read, from its `batch`-th batch.
struct StagedStream {
  std::string split;
  StreamOrder order;
  std::shared_ptr<const std::atomic<std::uint64_t>> batch;
};

// Before start(), only what is needed to open shards is read, from the drive. After start(), a
// thread copies shards in the order in which they are needed, checks each against its hash in the
// manifest and, when the limit is reached, removes the copy that is needed last. A read waits until
// its shard is copied. Shards that do not fit beside those needed equally soon are read from the
// drive. Copies are kept and reused by the next run after a check of their hash. Shards on the
// drive are never changed. Reads throw what io::retry() throws, and BadInput naming a shard that
// differs from the manifest.
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
                  direct = 0;  // shards; direct: read from the drive
    std::uint64_t limit = 0;   // bytes that copies may take
  };
  Figures figures() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace rod::stream
