#include "store/publisher.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/machine.h"
#include "io/verified_copy.h"
#include "store/checkpoint_folder.h"
#include "store/local_folder.h"

namespace rod::store {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

Publisher::Publisher(CheckpointQueue& queue, SmallFiles& files, RunLock& lock, SharedLog& log,
                     Options options)
    : queue_(queue),
      files_(files),
      lock_(lock),
      log_(log),
      options_(std::move(options)),
      on_drive_(is_on_drive(options_.run)),
      schedule_(Clock::now()) {}

void Publisher::run() {
  std::uint64_t flushes = 0;  // that were seen to be asked for
  for (;;) {
    const CheckpointQueue::View view = queue_.view();
    const bool files = files_.dirty();
    if (std::exchange(flushes, view.flushes) != view.flushes) schedule_.end_pause(Clock::now());
    const bool work = view.checkpoints || view.coming || files;
    if (view.stop && (!work || !trouble_.empty())) return;
    const auto now = Clock::now();
    const auto due = schedule_.due(view.checkpoints, files, view.flush || view.stop);
    if (now >= due) {
      round(view.stop);
    } else {  // small files grow without notice
      queue_.wait(view.version, std::min<Clock::time_point>(due, now + RetrySchedule::kFilesEvery));
    }
  }
}

// What is done leaves the queue, what fails goes back.
void Publisher::round(bool stopping) {
  CheckpointQueue::Round round;
  round.file = queue_.take_to_publish(/*states_first=*/best_failed_);
  const bool state = round.file && !round.file->is_best();
  const auto start = Clock::now();
  std::string trouble;
  try {
    require_drive();
    if (state || schedule_.beat_due(Clock::now())) {
      lock_.beat();
      schedule_.beaten(Clock::now());
    }
    trouble = files_.flush_to(options_.run, /*fresh=*/state && options_.local.separate,
                              /*sync=*/state);
    schedule_.files_flushed(Clock::now());
    if (round.file) publish(*round.file);
    round.done = true;
  } catch (const LockLost&) {
    round.fatal = std::current_exception();
    trouble = "the lock is lost";
  } catch (const Error& error) {
    trouble = error.what();
    if (error.kind() == ErrorKind::kNoRoom && make_room()) schedule_.reset_pause();
  } catch (const std::exception& error) {
    trouble = error.what();
  }
  if (round.file && round.file->is_best()) best_failed_ = !round.done;
  round.lost = round.file && !round.done && is_lost(*round.file);
  round.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  round.trouble = trouble;
  const bool published = round.file && round.done;
  if (trouble.empty()) {
    succeeded();
  } else if (!round.fatal) {
    failed(trouble, round.file && round.file->stage == Stage::kInMemory, stopping);
    if (published) schedule_.end_pause(Clock::now());  // what failed keeps no state back
  }
  trouble_ = std::move(trouble);
  remove_local(options_.local, queue_.end_round(std::move(round)));
}

void Publisher::publish(CheckpointFile& file) {
  publish_file(file);
  if (file.is_best()) {
    std::error_code ignored;
    fs::remove(local(file), ignored);
  } else {
    name_newest(file);
  }
}

// To stage kPublished.
void Publisher::publish_file(CheckpointFile& file) const {
  const fs::path to = (file.is_best() ? options_.run : checkpoints()) / file.name();
  io::CopyOptions copy;
  copy.before_rename = [this] { require_ours(); };
  switch (file.stage) {
    case Stage::kInMemory:
      io::write_verified(
          to, [&](const io::ByteSink& sink) { file.content->write(sink); }, copy);
      break;
    case Stage::kLocal:
      io::move_or_copy(local(file), to, copy);
      break;
    case Stage::kPublished:  // only what follows has failed before
      break;
  }
  file.stage = Stage::kPublished;
  file.content.reset();
}

// A state in the run folder becomes the one to resume from; what it replaces goes.
void Publisher::name_newest(const CheckpointFile& file) {
  require_ours();
  write_last(checkpoints(), file.step);
  write_pointer(options_.run, {file.step, file.seconds});
  options_.void_steps.erase(file.step);
  for (const std::uint64_t step : std::exchange(options_.void_steps, {}))
    io::empty_then_remove(checkpoints() / checkpoint_name(step));
  prune_checkpoints(checkpoints(), file.step, options_.keep);
  forget_before(file.step);
}

// The drive may have hung for longer than a lock holds.
void Publisher::require_ours() const {
  require_drive();
  lock_.check();
}

// A drive that was unmounted has left its mount point behind, a folder of this machine's own disk.
void Publisher::require_drive() const {
  if (!on_drive_) return;
  std::error_code error;
  if (fs::status(options_.run, error).type() == fs::file_type::none)
    throw_errno(options_.run.string(), "look at", error.value());
  if (is_on_drive(options_.run)) return;
  throw Error(ErrorKind::kFailed, fmt::format("{}: its drive is no longer mounted; mount it again",
                                              options_.run.string()));
}

// A full drive: removes a state that the resume went back from, else the oldest, as long as one
// stays. Returns whether one was removed.
bool Publisher::make_room() {
  try {
    std::optional<fs::path> given;
    const auto states = list_checkpoints(checkpoints());
    for (const ListedCheckpoint& file : states) {
      if (!given && options_.void_steps.erase(file.step) > 0) given = file.path;
    }
    if (!given && states.size() >= 2) given = states.back().path;
    if (!given) return false;
    for (const ListedCheckpoint& file : states) {
      if (file.path == *given) forget_last(checkpoints(), file.step);
    }
    log_(fmt::format("{}: full; removing the checkpoint {}", checkpoints().string(),
                     given->filename().string()));
    io::empty_then_remove(*given);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// The newest stays on this machine as well: the drive may turn out to have lost it.
void Publisher::forget_before(std::uint64_t step) const {
  try {
    for (const ListedCheckpoint& file : list_checkpoints(options_.local.path)) {
      if (file.step < step) io::empty_then_remove(file.path);
    }
  } catch (const Error&) {  // the writer has logged that the local disk fails
  }
}

// Whether the local folder no longer holds what it held.
bool Publisher::is_lost(const CheckpointFile& file) const {
  std::error_code unknown;
  return file.stage == Stage::kLocal && !fs::exists(local(file), unknown) && !unknown;
}

void Publisher::failed(const std::string& why, bool only_in_memory, bool stopping) {
  if (trouble_.empty()) schedule_.reset_pause();
  schedule_.failed(Clock::now());
  if (why == trouble_ || stopping) return;
  const std::string place = only_in_memory
                                ? "exists only in memory"
                                : fmt::format("is kept in {}", options_.local.path.string());
  log_(
      fmt::format("{}\nTraining continues; the newest checkpoint {} and will be written to {} "
                  "when that is possible again.",
                  why, place, options_.run.string()));
}

void Publisher::succeeded() {
  if (!trouble_.empty()) log_(fmt::format("{} is writable again", options_.run.string()));
}

fs::path Publisher::checkpoints() const {
  return options_.run / kCheckpointsName;
}

fs::path Publisher::local(const CheckpointFile& file) const {
  return options_.local.path / file.local_name();
}

}  // namespace rod::store
