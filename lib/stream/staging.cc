#include "stream/staging.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <map>
#include <thread>

#include "base/error.h"
#include "base/stop.h"
#include "base/units.h"
#include "io/drive_file.h"
#include "io/file_hash.h"
#include "io/read_ahead.h"
#include "io/verified_copy.h"
#include "stream/order.h"

namespace rod::stream {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::milliseconds kLookEvery{
    50};  // whether needs have changed, or a stop was asked for
// When a copy has another hash than the manifest's.
constexpr io::RetryPolicy kCopyRetries{.give_up_after = std::chrono::milliseconds::max(),
                                       .first_pause = std::chrono::milliseconds(0),
                                       .max_tries = 3,
                                       .retries = [](const Error& error) {
                                         return dynamic_cast<const io::SourceDiffers*>(&error) !=
                                                nullptr;
                                       }};

// What opening a shard reads: labels and offsets come first in it, keys last.
constexpr std::size_t kHead = std::size_t{1} << 20, kTail = std::size_t{256} << 10;

enum class Place {
  kDrive,  // there alone
  kKept,   // a copy of an earlier run is here, not checked yet
  kHere,   // a checked copy is here
};

struct Shard {
  shard::ShardInfo info;
  fs::path copy;
  std::shared_ptr<const io::RandomAccessFile> drive;  // absent until it is opened
  Place place = Place::kDrive;
  std::shared_ptr<const io::RandomAccessFile> here;
  bool direct = false;   // there is no room for a copy: read on the drive
  unsigned waiting = 0;  // reads
  std::exception_ptr error;
};

struct Split {
  std::vector<std::size_t> shards;   // numbers in State::shards
  std::vector<std::uint64_t> first;  // [shards + 1]
};

}  // namespace

struct Staging::State {
  class Source;

  StagingOptions options;
  std::vector<Shard> shards;
  std::map<std::string, std::size_t> by_file;
  std::map<std::string, Split> splits;
  std::vector<StagedStream> streams;
  std::thread copier;
  std::mutex mutex;  // of all below, and of the shards' places
  std::condition_variable changed;
  std::atomic<bool> started{false}, stopping{false};
  Figures figures;

  State(const StagingOptions& options, const shard::Manifest& manifest);
  void find_kept_copies();
  bool stopped() const { return stopping || stop_signal() != 0; }
  void log(const std::string& text) const {
    if (options.log) options.log(text);
  }

  std::shared_ptr<const io::RandomAccessFile> open_on_drive(const fs::path& path) const;
  // For a copy of the whole.
  std::shared_ptr<const io::RandomAccessFile> reading_ahead(
      const std::shared_ptr<const io::RandomAccessFile>& drive) const;
  std::shared_ptr<const io::RandomAccessFile> wait_for(Shard& shard);  // null: read on the drive

  void copy_while_needed();
  std::vector<std::uint64_t> needs();
  bool make_room(const Shard& wanted, std::uint64_t its_need,
                 const std::vector<std::uint64_t>& needs);
  void bring(Shard& shard);
  void failed(Shard& shard);
};

// A shard as SplitReader sees it.
class Staging::State::Source final : public io::RandomAccessFile {
 public:
  Source(std::shared_ptr<State> state, Shard& shard, const fs::path& path)
      : state_(std::move(state)), shard_(shard), drive_(state_->open_on_drive(path)) {
    {
      const std::lock_guard lock(state_->mutex);
      if (!shard_.drive) shard_.drive = drive_;
    }
    head_.resize(std::min<std::uint64_t>(kHead, size()));
    head_.resize(drive_->read_at(head_, 0));
    tail_.resize(std::min<std::uint64_t>(kTail, size()));
    tail_at_ = size() - tail_.size();
    tail_.resize(drive_->read_at(tail_, tail_at_));
  }

  const std::string& name() const override { return drive_->name(); }
  std::uint64_t size() const override { return drive_->size(); }

  std::size_t read_at(std::span<std::byte> out, std::uint64_t offset) const override {
    if (!state_->started && (serve(head_, 0, out, offset) || serve(tail_, tail_at_, out, offset)))
      return out.size();
    const std::shared_ptr<const io::RandomAccessFile> here = state_->wait_for(shard_);
    return here ? here->read_at(out, offset) : drive_->read_at(out, offset);
  }

 private:
  static bool serve(const std::vector<std::byte>& part, std::uint64_t at, std::span<std::byte> out,
                    std::uint64_t offset) {
    if (offset < at || offset - at > part.size() || out.size() > part.size() - (offset - at))
      return false;
    std::memcpy(out.data(), part.data() + (offset - at), out.size());
    return true;
  }

  std::shared_ptr<State> state_;
  Shard& shard_;
  std::shared_ptr<const io::RandomAccessFile> drive_;
  std::uint64_t tail_at_ = 0;
  std::vector<std::byte> head_, tail_;
};

Staging::State::State(const StagingOptions& given, const shard::Manifest& manifest)
    : options(given) {
  const fs::path folder = options.folder / "shards" / manifest.fingerprint;
  io::make_folders(folder);
  for (const shard::SplitInfo& split : manifest.splits) {
    Split& of_split = splits[split.name];
    of_split.first = {0};
    for (const shard::ShardInfo& info : split.shards) {
      of_split.first.push_back(of_split.first.back() + info.samples);
      of_split.shards.push_back(shards.size());
      by_file[info.file] = shards.size();
      Shard shard;
      shard.info = info;
      shard.copy = folder / info.file;
      shards.push_back(std::move(shard));
    }
  }
  find_kept_copies();
}

void Staging::State::find_kept_copies() {
  std::vector<Shard*> kept;
  std::uint64_t bytes = 0;
  for (Shard& shard : shards) {
    std::error_code error;
    if (fs::file_size(shard.copy, error) != shard.info.bytes || error) continue;
    kept.push_back(&shard);
    bytes += shard.info.bytes;
  }
  if (options.limit == 0) {
    Machine machine = options.look(options.folder);
    machine.disk += bytes;  // copies that are there already may make way
    options.limit = disk_room(machine);
  }
  for (Shard* shard : kept) {
    if (figures.local_bytes + shard->info.bytes > options.limit) {
      std::error_code ignored;
      fs::remove(shard->copy, ignored);
      continue;
    }
    shard->place = Place::kKept;
    figures.local_bytes += shard->info.bytes;
  }
}

std::shared_ptr<const io::RandomAccessFile> Staging::State::open_on_drive(
    const fs::path& path) const {
  const io::StopCheck stop = [this, name = path.string()] {
    if (stopped())
      throw Error(ErrorKind::kFailed, fmt::format("{}: stopped while it was read", name));
  };
  if (options.open_with) return options.open_with(path, {options.retries, stop, options.log});
  return io::open_retrying(path, io::with_timeout(options.open, options.timeout, stop),
                           {options.retries, stop, options.log});
}

std::shared_ptr<const io::RandomAccessFile> Staging::State::reading_ahead(
    const std::shared_ptr<const io::RandomAccessFile>& drive) const {
  if (!options.open_with) return drive;
  return io::with_read_ahead([&](const io::StopCheck&) { return drive; }, {});
}

std::shared_ptr<const io::RandomAccessFile> Staging::State::wait_for(Shard& shard) {
  if (!started) return nullptr;
  std::unique_lock lock(mutex);
  ++shard.waiting;
  while (!shard.here && !shard.direct && !shard.error && !stopped())
    changed.wait_for(lock, kLookEvery);
  --shard.waiting;
  if (shard.here) return shard.here;
  if (shard.error) std::rethrow_exception(shard.error);
  if (stopped()) {
    throw Error(ErrorKind::kFailed,
                fmt::format("{}: stopped while it was waited for", shard.drive->name()));
  }
  return nullptr;
}

// Batches until each shard is needed; a read that waits needs it now.
std::vector<std::uint64_t> Staging::State::needs() {
  std::vector<std::uint64_t> all(shards.size(), kNotNeeded);
  for (const StagedStream& stream : streams) {
    const Split& split = splits.at(stream.split);
    const std::vector<std::uint64_t> of_split =
        shard_needs(stream.order, split.first, *stream.batch);
    for (std::size_t i = 0; i < of_split.size(); ++i) {
      all[split.shards[i]] = std::min(all[split.shards[i]], of_split[i]);
    }
  }
  for (std::size_t i = 0; i < shards.size(); ++i) {
    if (shards[i].waiting > 0) all[i] = 0;
  }
  return all;
}

// Removes copies that are needed later than `wanted`, if that makes room for it. Requires: mutex
// held.
bool Staging::State::make_room(const Shard& wanted, std::uint64_t its_need,
                               const std::vector<std::uint64_t>& needs) {
  std::vector<std::size_t> later;                                 // the latest first
  std::uint64_t least = figures.local_bytes + wanted.info.bytes;  // that could be taken here
  for (std::size_t i = 0; i < shards.size(); ++i) {
    if (shards[i].place == Place::kDrive || needs[i] <= its_need) continue;
    later.push_back(i);
    least -= shards[i].info.bytes;
  }
  if (least > options.limit) return false;
  std::stable_sort(later.begin(), later.end(),
                   [&](std::size_t a, std::size_t b) { return needs[a] > needs[b]; });
  for (const std::size_t i : later) {
    if (figures.local_bytes + wanted.info.bytes <= options.limit) break;
    Shard& shard = shards[i];
    shard.here.reset();  // a read that has the file open finishes with it
    shard.place = Place::kDrive;
    std::error_code ignored;
    fs::remove(shard.copy, ignored);
    figures.local_bytes -= shard.info.bytes;
    ++figures.removed;
  }
  return true;
}

// Copies a shard, or checks the copy that is here.
void Staging::State::bring(Shard& shard) {
  const auto take = [&](std::uint64_t Figures::*count) {
    auto here = io::open_file(shard.copy);
    const std::lock_guard lock(mutex);
    shard.here = std::move(here);
    shard.place = Place::kHere;
    shard.direct = false;
    ++(figures.*count);
    changed.notify_all();
  };
  const auto stop = [&] {
    if (stopped()) {
      throw Error(ErrorKind::kFailed,
                  fmt::format("{}: stopped while it was copied", shard.drive->name()));
    }
  };
  const io::FileHash expected{shard.info.bytes, shard.info.hash};
  if (shard.place == Place::kKept) {
    if (io::hash_contents(*io::open_file(shard.copy), stop) == expected)
      return take(&Figures::reused);
    log(fmt::format("{}: the copy has changed; copying it again", shard.copy.string()));
  }
  io::CopyOptions copy;
  copy.expected = expected;
  copy.read_back = false;  // samples are checked as they are read
  copy.between = stop;
  try {
    io::retry(kCopyRetries, stop, options.log,
              [&] { io::copy_verified(*reading_ahead(shard.drive), shard.copy, copy); });
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kBadInput) throw;
    throw BadInput(fmt::format("{}; run 'rodprep verify DATASET --repair SOURCE'", error.what()));
  }
  take(&Figures::copied);
}

// Requires: called where an exception is handled.
void Staging::State::failed(Shard& shard) {
  const std::lock_guard lock(mutex);
  if (shard.place == Place::kDrive) figures.local_bytes -= shard.info.bytes;
  try {
    throw;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kNoRoom) {  // the disk is fuller than we thought
      options.limit = std::min(options.limit, figures.local_bytes);
      log(fmt::format("{}; from now on copies take at most {}", error.what(),
                      format_size(double(options.limit))));
    } else {
      shard.error = std::current_exception();
    }
  } catch (...) {
    shard.error = std::current_exception();
  }
  changed.notify_all();
}

void Staging::State::copy_while_needed() {
  while (!stopped()) {
    Shard* next = nullptr;
    {
      std::unique_lock lock(mutex);
      const std::vector<std::uint64_t> all = needs();
      std::vector<std::size_t> turn;
      for (std::size_t i = 0; i < shards.size(); ++i) {
        if (shards[i].drive && !shards[i].here && !shards[i].error && all[i] != kNotNeeded)
          turn.push_back(i);
      }
      std::stable_sort(turn.begin(), turn.end(),
                       [&](std::size_t a, std::size_t b) { return all[a] < all[b]; });
      for (const std::size_t i : turn) {
        Shard& shard = shards[i];
        if (shard.place == Place::kKept || make_room(shard, all[i], all)) {
          next = &shard;
          break;
        }
        if (all[i] > 0) break;  // room comes when what is here has been used
        if (!shard.direct) {
          shard.direct = true;
          ++figures.direct;
          log(
              fmt::format("{}: does not fit in {} beside shards that are needed equally soon; it "
                          "is read from the drive. A larger --local-limit, or --order window with "
                          "a smaller --window, is faster",
                          shard.info.file, format_size(double(options.limit))));
          changed.notify_all();
        }
      }
      if (next == nullptr) {
        changed.wait_for(lock, kLookEvery);
        continue;
      }
      if (next->place == Place::kDrive) figures.local_bytes += next->info.bytes;
    }
    try {
      bring(*next);
    } catch (...) {
      failed(*next);
    }
  }
  changed.notify_all();
}

Staging::Staging(const StagingOptions& options, const shard::Manifest& manifest)
    : state_(std::make_shared<State>(options, manifest)) {}

Staging::~Staging() {
  stop();
}

shard::ShardOpener Staging::opener() const {
  return [state = state_](
             const fs::path& dataset,
             const shard::ShardInfo& info) -> std::shared_ptr<const io::RandomAccessFile> {
    return std::make_shared<State::Source>(state, state->shards[state->by_file.at(info.file)],
                                           dataset / info.file);
  };
}

void Staging::start(std::vector<StagedStream> streams) {
  const std::lock_guard lock(state_->mutex);
  state_->streams = std::move(streams);
  if (state_->started.exchange(true)) return;
  state_->copier = std::thread([state = state_.get()] { state->copy_while_needed(); });
}

void Staging::stop() {
  state_->stopping = true;
  state_->changed.notify_all();
  if (state_->copier.joinable()) state_->copier.join();
}

Staging::Figures Staging::figures() const {
  const std::lock_guard lock(state_->mutex);
  Figures figures = state_->figures;
  figures.limit = state_->options.limit;
  return figures;
}

}  // namespace rod::stream
