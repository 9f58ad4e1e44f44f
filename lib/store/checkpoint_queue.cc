#include "store/checkpoint_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/checkpoint_folder.h"

namespace rod::store {
namespace {

constexpr std::uint64_t kMemoryBytes = std::uint64_t{512} << 20;  // of states that wait in memory

bool is_state(const CheckpointFile& file) {
  return !file.is_best();
}

}  // namespace

std::string CheckpointFile::name() const {
  switch (kind) {
    case Kind::kBest:
      return kBestName;
    case Kind::kBestUnlabelled:
      return kBestUnlabelledName;
    case Kind::kStep:
      break;
  }
  return checkpoint_name(step);
}

std::string CheckpointFile::local_name() const {
  return is_best() ? waiting_best_name(name(), number) : name();
}

void CheckpointQueue::change() {
  ++version_;
  changed_.notify_all();
}

std::optional<CheckpointFile> CheckpointQueue::take_best(CheckpointFile::Kind kind) {
  const auto found = std::find_if(waiting_best_.begin(), waiting_best_.end(),
                                  [&](const CheckpointFile& file) { return file.kind == kind; });
  if (found == waiting_best_.end()) return std::nullopt;
  std::optional<CheckpointFile> file = std::move(*found);
  waiting_best_.erase(found);
  return file;
}

void CheckpointQueue::put(CheckpointFile file) {
  const MutexLock lock(mutex_);
  if (file.is_best()) {
    std::erase_if(in_memory_, [&](const CheckpointFile& other) { return other.kind == file.kind; });
    file.number = ++bests_;
  } else {
    const std::size_t room = std::clamp<std::uint64_t>(
        kMemoryBytes / std::max<std::uint64_t>(file.content->bytes(), 1), 1, keep_);
    for (auto states = static_cast<std::size_t>(
             std::count_if(in_memory_.begin(), in_memory_.end(), is_state));
         states >= room; --states) {
      in_memory_.erase(std::find_if(in_memory_.begin(), in_memory_.end(), is_state));
    }
  }
  in_memory_.push_back(std::move(file));
  change();
}

void CheckpointQueue::throw_if_failed() const {
  const MutexLock lock(mutex_);
  if (error_) std::rethrow_exception(error_);
}

Safety CheckpointQueue::safety() const {
  const MutexLock lock(mutex_);
  return safety_;
}

double CheckpointQueue::longest_save() const {
  const MutexLock lock(mutex_);
  return longest_save_;
}

void CheckpointQueue::stop() {
  const MutexLock lock(mutex_);
  stop_ = true;
  change();
}

void CheckpointQueue::ask_to_flush(bool ask) {
  const MutexLock lock(mutex_);
  flush_ = ask;
  if (ask) ++flushes_;
  change();
}

CheckpointQueue::Rest CheckpointQueue::rest() const {
  const MutexLock lock(mutex_);
  if (error_) std::rethrow_exception(error_);
  const bool idle =
      in_memory_.empty() && !writing_ && waiting_.empty() && waiting_best_.empty() && !publishing_;
  return {idle, newest_lost_};
}

std::optional<CheckpointFile> CheckpointQueue::take_from_memory() {
  const MutexLock lock(mutex_);
  while (!stop_ && in_memory_.empty()) changed_.wait(mutex_);
  if (in_memory_.empty()) return std::nullopt;
  CheckpointFile file = std::move(in_memory_.front());
  in_memory_.pop_front();
  writing_ = true;
  return file;
}

std::vector<CheckpointFile> CheckpointQueue::put_written(CheckpointFile file) {
  const MutexLock lock(mutex_);
  std::vector<CheckpointFile> dropped;
  if (file.is_best()) {
    if (auto older = take_best(file.kind)) dropped.push_back(*std::move(older));
    waiting_best_.push_back(std::move(file));
  } else {
    newest_lost_ = false;
    if (file.stage == Stage::kLocal) safety_.local = file.taken;
    waiting_.push_back(std::move(file));
    for (; waiting_.size() > keep_; waiting_.pop_front())
      dropped.push_back(std::move(waiting_.front()));
  }
  writing_ = false;
  change();
  return dropped;
}

void CheckpointQueue::fail_writing(std::exception_ptr error) {
  const MutexLock lock(mutex_);
  error_ = std::move(error);
  in_memory_.clear();
  writing_ = false;
  change();
}

CheckpointQueue::View CheckpointQueue::view() const {
  const MutexLock lock(mutex_);
  return {!waiting_best_.empty() || !waiting_.empty(),
          writing_ || !in_memory_.empty(),
          flush_,
          flushes_,
          stop_,
          version_};
}

void CheckpointQueue::wait(std::uint64_t seen_version, Time until) const {
  const MutexLock lock(mutex_);
  while (version_ == seen_version && std::chrono::steady_clock::now() < until)
    changed_.wait_until(mutex_, until);
}

std::optional<CheckpointFile> CheckpointQueue::take_to_publish(bool states_first) {
  const MutexLock lock(mutex_);
  std::optional<CheckpointFile> file;
  if (!waiting_best_.empty() && !(states_first && !waiting_.empty())) {
    file = std::move(waiting_best_.front());
    waiting_best_.pop_front();
  } else if (!waiting_.empty()) {
    file = std::move(waiting_.front());
    waiting_.pop_front();
  }
  publishing_ = true;
  safety_.silent = std::chrono::steady_clock::now();
  return file;
}

std::vector<CheckpointFile> CheckpointQueue::end_round(Round round) {
  const MutexLock lock(mutex_);
  std::vector<CheckpointFile> dropped;
  publishing_ = false;
  safety_.silent.reset();
  safety_.trouble = std::move(round.trouble);
  if (round.fatal) {
    error_ = std::move(round.fatal);
    stop_ = true;
  }
  if (round.file && round.done && is_state(*round.file)) {
    safety_.safe = round.file->taken;
    if (waiting_.empty() && in_memory_.empty()) safety_.local.reset();
    longest_save_ = std::max(longest_save_, round.file->local_seconds + round.seconds);
  }
  if (round.file && !round.done) {
    CheckpointFile& file = *round.file;
    if (round.lost) {
      if (is_state(file) && waiting_.empty()) newest_lost_ = true;
    } else if (auto newer = file.is_best() ? take_best(file.kind) : std::nullopt) {
      waiting_best_.push_back(*std::move(newer));
      dropped.push_back(std::move(file));
    } else if (file.is_best()) {
      waiting_best_.push_back(std::move(file));
    } else if (is_state(file) && waiting_.size() < keep_) {
      waiting_.push_front(std::move(file));
    } else {
      dropped.push_back(std::move(file));
    }
  }
  change();
  return dropped;
}

}  // namespace rod::store
