#include "store/checkpoint_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>

#include "base/error.h"
#include "base/machine.h"
#include "base/units.h"
#include "io/file.h"
#include "store/checkpoint_folder.h"

namespace rod {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::uint64_t kMemoryBytes = std::uint64_t{512}
                                       << 20;          // of states that wait for the local disk
constexpr auto kFirstPause = 1s, kLongestPause = 60s;  // between two tries of a failing drive
constexpr auto kFilesEvery = 2s;                       // small files
constexpr auto kGoodbye = 2s;                          // for the threads to end
constexpr const char* kBestName = "best.safetensors";
constexpr const char* kCheckpoints = "checkpoints";

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Item {
  std::uint64_t step = 0;
  double seconds = 0;
  Clock::time_point taken;
  std::unique_ptr<SavedState> memory;  // empty once it is in the local folder
  bool best = false;
  std::uint64_t number = 0;  // of a best one
  bool published = false;    // in the run folder, where newest.json does not tell of it yet
  double local_seconds = 0;  // that the local folder took

  std::string name() const { return best ? kBestName : checkpoint_name(step); }
  // Each best one has its own: the next one may be written while the drive still takes this one.
  std::string local_name() const {
    return best ? fmt::format("best-{}.safetensors", number) : name();
  }
};

}  // namespace

struct CheckpointStore::State {
  Options options;
  std::shared_ptr<SmallFiles> files;
  std::shared_ptr<RunLock> lock;

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<Item> captured;  // to the local folder
  std::deque<Item> waiting;   // to the run folder, oldest first
  std::optional<Item> best;   // the same, before them
  bool writing = false;       // the first thread has an item in hand
  bool publishing = false;    // the second one has
  bool stop = false;
  bool flush = false;        // finish() waits for the small files too
  bool best_failed = false;  // at its last try: states go first
  bool incomplete = false;   // the newest state has got lost
  std::uint64_t bests = 0;   // captured so far
  int threads = 0;
  std::mutex voice;  // guards options.say, whose listener may die before a thread does
  std::exception_ptr fatal;
  Safety safety;
  double longest_save = 0;
  bool on_drive = false;               // the run folder, when the run began
  std::set<std::uint64_t> void_steps;  // states in the run folder that the resume went back from

  void write_locally();
  void publish_all();

 private:
  bool idle() const {
    return captured.empty() && !writing && waiting.empty() && !best && !publishing;
  }
  void to_local_folder(Item& item);
  void to_run_folder(Item& item);
  void hand_over(Item item);
  void drop(const Item& item) const;
  void take_back(Item item);
  Clock::time_point next_due() const;
  void publish_next(std::unique_lock<std::mutex>& guard);
  void forget_before(std::uint64_t step) const;
  bool make_room();
  void require_drive() const;
  void say(const std::string& text);
  void failed(const std::string& why);
  void succeeded();
  fs::path local(const Item& item) const { return options.local.path / item.local_name(); }
  fs::path checkpoints() const { return options.run / kCheckpoints; }

  Clock::time_point retry_at{}, next_files{}, next_beat = Clock::now() + kLockBeats;
  Clock::duration pause = kFirstPause;
  friend class CheckpointStore;
};

// The first thread.

void CheckpointStore::State::write_locally() {
  std::unique_lock guard(mutex);
  for (;;) {
    changed.wait(guard, [&] { return stop || !captured.empty(); });
    if (captured.empty()) return;
    Item item = std::move(captured.front());
    captured.pop_front();
    writing = true;
    guard.unlock();
    try {
      const auto start = Clock::now();
      item.memory->prepare();
      to_local_folder(item);
      item.local_seconds = seconds_since(start);
      guard.lock();
      hand_over(std::move(item));
    } catch (...) {
      if (!guard.owns_lock()) guard.lock();
      fatal = std::current_exception();
      captured.clear();
    }
    writing = false;
    changed.notify_all();
  }
}

void CheckpointStore::State::to_local_folder(Item& item) {
  try {
    if (!item.best) {  // a state that a later run takes up from here needs the lines before it
      if (options.local.separate) {
        files->save_to(options.local.path);
      } else {
        files->flush_to(options.run, /*fresh=*/false, /*sync=*/true);
      }
    }
    io::write_verified(local(item), [&](const io::ByteSink& sink) { item.memory->write(sink); });
    item.memory.reset();
  } catch (
      const Error& error) {  // a full local disk: it stays in memory until the run folder has it
    say(fmt::format("{}\nTraining goes on; this state goes to {} without a copy on this machine.",
                    error.what(), options.run.string()));
  }
}

// Under the mutex.
void CheckpointStore::State::hand_over(Item item) {
  if (item.best) {
    if (best) drop(*best);
    best = std::move(item);
    return;
  }
  incomplete = false;
  if (!item.memory) safety.local = item.taken;
  waiting.push_back(std::move(item));
  while (waiting.size() > options.keep) {
    drop(waiting.front());
    waiting.pop_front();
  }
}

void CheckpointStore::State::drop(const Item& item) const {
  std::error_code ignored;
  if (!item.memory) fs::remove(local(item), ignored);
}

// The second thread.

void CheckpointStore::State::publish_all() {
  std::unique_lock guard(mutex);
  for (;;) {
    const bool work = best || !waiting.empty() || files->dirty();
    const bool coming = writing || !captured.empty();  // from the first thread
    if (stop && (!(work || coming) || !safety.trouble.empty())) return;
    const auto now = Clock::now(), due = next_due();
    if (now >= due) {
      publish_next(guard);
    } else {  // small files grow without a word
      changed.wait_until(guard, std::min<Clock::time_point>(due, now + kFilesEvery));
    }
  }
}

// Under the mutex.
Clock::time_point CheckpointStore::State::next_due() const {
  auto due = next_beat;
  if (best || !waiting.empty()) {
    due = std::min(due, retry_at);
  } else if (files->dirty()) {
    due = std::min(due, flush || stop ? retry_at : std::max(retry_at, next_files));
  }
  return due;
}

// One round: what is done is taken from the queues, what fails is put back.
void CheckpointStore::State::publish_next(std::unique_lock<std::mutex>& guard) {
  std::optional<Item> item;
  if (best && !(best_failed && !waiting.empty())) {
    item = std::exchange(best, std::nullopt);
  } else if (!waiting.empty()) {
    item = std::move(waiting.front());
    waiting.pop_front();
  }
  publishing = true;
  const auto start = Clock::now();
  safety.silent = start;
  guard.unlock();
  const bool checkpoint = item && !item->best;
  bool done = false;  // the item is in the run folder, or there is none
  std::string trouble;
  std::exception_ptr lost;
  try {
    require_drive();
    if (checkpoint || Clock::now() >= next_beat) {
      lock->beat();
      next_beat = Clock::now() + kLockBeats;
    }
    trouble = files->flush_to(options.run, /*fresh=*/checkpoint && options.local.separate,
                              /*sync=*/checkpoint);
    next_files = Clock::now() + kFilesEvery;
    if (item) to_run_folder(*item);
    done = true;
  } catch (const LockLost&) {
    lost = std::current_exception();
  } catch (const Error& error) {
    trouble = error.what();
    if (error.kind() == ErrorKind::kNoRoom && make_room()) pause = kFirstPause;
  } catch (const std::exception& error) {
    trouble = error.what();
  }
  guard.lock();
  publishing = false;
  safety.silent.reset();
  if (done && checkpoint) {
    safety.safe = item->taken;
    if (waiting.empty() && captured.empty()) safety.local.reset();
    longest_save = std::max(longest_save, item->local_seconds + seconds_since(start));
  }
  if (item && item->best) best_failed = !done;
  if (!done && item) take_back(std::move(*item));
  if (lost) {
    fatal = lost;
    safety.trouble = "the lock is lost";
    stop = true;
  } else if (!trouble.empty()) {
    failed(trouble);
    if (done && item) retry_at = Clock::now();  // what failed keeps no state back
  } else {
    succeeded();
  }
  changed.notify_all();
}

// A drive that was unmounted has left its mount point behind, a folder of this machine's own disk.
void CheckpointStore::State::require_drive() const {
  if (!on_drive) return;
  std::error_code error;
  if (fs::status(options.run, error).type() == fs::file_type::none)
    throw_errno(options.run.string(), "look at", error.value());
  if (is_on_drive(options.run)) return;
  throw Error(
      ErrorKind::kFailed,
      fmt::format("{}: its drive is not mounted any more; mount it again", options.run.string()));
}

void CheckpointStore::State::to_run_folder(Item& item) {
  const fs::path to = item.best ? options.run / kBestName : checkpoints() / item.name();
  const auto still_ours = [this] {  // the drive may have hung for longer than a lock holds
    require_drive();
    lock->check();
  };
  io::CopyOptions copy;
  copy.before_rename = still_ours;
  if (item.published) {
    // Only what follows has failed before.
  } else if (item.memory) {
    io::write_verified(
        to, [&](const io::ByteSink& sink) { item.memory->write(sink); }, copy);
  } else {
    io::move_or_copy(local(item), to, copy);
  }
  item.published = true;
  if (item.best) return drop(item);
  still_ours();
  write_pointer(options.run, {item.step, item.seconds});
  void_steps.erase(item.step);
  for (const std::uint64_t step : std::exchange(void_steps, {}))
    io::empty_then_remove(checkpoints() / checkpoint_name(step));
  prune_checkpoints(checkpoints(), item.step, options.keep);
  forget_before(item.step);
}

// The newest stays on this machine as well: the drive may turn out to have lost it.
void CheckpointStore::State::forget_before(std::uint64_t step) const {
  try {
    for (const CheckpointFile& file : list_checkpoints(options.local.path)) {
      if (file.step < step) io::empty_then_remove(file.path);
    }
  } catch (const Error&) {  // a local disk that fails has been told of when it was written to
  }
}

// A full drive: states that the resume went back from give way, then the oldest, as long as one stays. Whether one has.
bool CheckpointStore::State::make_room() {
  try {
    std::optional<fs::path> given;
    const auto states = list_checkpoints(checkpoints());
    for (const CheckpointFile& file : states) {
      if (!given && void_steps.erase(file.step) > 0) given = file.path;
    }
    if (!given && states.size() >= 2) given = states.back().path;
    if (!given) return false;
    say(fmt::format("{}: full; removing the checkpoint {}", checkpoints().string(),
                    given->filename().string()));
    io::empty_then_remove(*given);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// Under the mutex.
void CheckpointStore::State::take_back(Item item) {
  std::error_code unknown;
  if (!item.memory && !item.published && !fs::exists(local(item), unknown) && !unknown) {
    if (!item.best && waiting.empty()) incomplete = true;
  } else if (item.best) {
    if (best) {
      drop(item);
    } else {
      best = std::move(item);
    }
  } else if (waiting.size() < options.keep) {
    waiting.push_front(std::move(item));
  } else {
    drop(item);
  }
}

void CheckpointStore::State::say(const std::string& text) {
  const std::lock_guard guard(voice);
  if (options.say) options.say(text);
}

// Under the mutex.
void CheckpointStore::State::failed(const std::string& why) {
  if (safety.trouble.empty()) pause = kFirstPause;
  const bool news = why != safety.trouble;
  safety.trouble = why;
  retry_at = next_files = Clock::now() + pause;
  next_beat = std::max(next_beat, retry_at);
  pause = std::min<Clock::duration>(pause * 2, kLongestPause);
  if (news && !stop) {
    say(fmt::format(
        "{}\nTraining goes on; the newest state waits in {} and goes to {} when that is possible "
        "again.",
        why, options.local.path.string(), options.run.string()));
  }
}

void CheckpointStore::State::succeeded() {
  if (!safety.trouble.empty()) say(fmt::format("{} takes files again", options.run.string()));
  safety.trouble.clear();
}

// Called by the thread that trains.

CheckpointStore::CheckpointStore(Options options, std::shared_ptr<SmallFiles> files,
                                 std::shared_ptr<RunLock> lock, const NewestPointer& resumed)
    : state_(std::make_shared<State>()) {
  State& state = *state_;
  state.options = std::move(options);
  state.files = std::move(files);
  state.lock = std::move(lock);
  const fs::path local = state.options.local.path;
  state.on_drive = is_on_drive(state.options.run);
  for (const fs::path& folder : {local, state.options.run, state.checkpoints()})
    remove_unfinished(folder);
  std::optional<fs::path> published;  // the state that the run goes on from
  for (const CheckpointFile& file : list_checkpoints(state.checkpoints())) {
    if (file.step > resumed.step) state.void_steps.insert(file.step);
    if (file.step == resumed.step) published = file.path;
  }
  if (published) state.safety.safe = Clock::now();
  const auto as_large = [](const fs::path& a, const fs::path& b) {
    std::error_code failed;
    return fs::file_size(a, failed) == fs::file_size(b, failed) && !failed;
  };
  for (const CheckpointFile& file : list_checkpoints(local)) {
    if (file.step > resumed.step) {
      io::empty_then_remove(file.path);
    } else if (file.step == resumed.step && (!published || !as_large(*published, file.path))) {
      state.hand_over({file.step, resumed.seconds, Clock::now(), nullptr});
    }
  }
  for (const fs::path& path : waiting_best(local)) {
    if (path != state.options.adopt_best) {
      io::empty_then_remove(path);
      continue;
    }
    state.best = Item{0, 0, Clock::now(), nullptr, true};
    fs::rename(path, state.local(*state.best));
  }
  state.threads = 2;
  const auto run = [](std::shared_ptr<State> shared, void (State::*loop)()) {
    ((*shared).*loop)();
    const std::lock_guard guard(shared->mutex);
    if (--shared->threads == 0) shared->lock.reset();  // now the next run may have it
    shared->changed.notify_all();
  };
  std::thread(run, state_, &State::write_locally).detach();
  std::thread(run, state_, &State::publish_all).detach();
}

CheckpointStore::~CheckpointStore() {
  std::unique_lock guard(state_->mutex);
  state_->stop = true;
  state_->changed.notify_all();
  state_->changed.wait_for(guard, kGoodbye, [&] { return state_->threads == 0; });
  guard.unlock();
  const std::lock_guard voice(state_->voice);
  state_->options.say = nullptr;
}

void CheckpointStore::save(std::uint64_t step, double seconds, std::unique_ptr<SavedState> state) {
  const std::lock_guard guard(state_->mutex);
  const std::size_t room = std::clamp<std::uint64_t>(
      kMemoryBytes / std::max<std::uint64_t>(state->bytes(), 1), 1, state_->options.keep);
  auto& captured = state_->captured;
  const auto states = [&] {
    return std::count_if(captured.begin(), captured.end(), [](auto& item) { return !item.best; });
  };
  while (static_cast<std::size_t>(states()) >= room) {
    captured.erase(
        std::find_if(captured.begin(), captured.end(), [](auto& item) { return !item.best; }));
  }
  captured.push_back({step, seconds, Clock::now(), std::move(state)});
  state_->changed.notify_all();
}

void CheckpointStore::save_best(std::unique_ptr<SavedState> state) {
  const std::lock_guard guard(state_->mutex);
  std::erase_if(state_->captured, [](const Item& item) { return item.best; });
  state_->captured.push_back({0, 0, Clock::now(), std::move(state), true, ++state_->bests});
  state_->changed.notify_all();
}

void CheckpointStore::rethrow() const {
  const std::lock_guard guard(state_->mutex);
  if (state_->fatal) std::rethrow_exception(state_->fatal);
}

Safety CheckpointStore::safety() const {
  const std::lock_guard guard(state_->mutex);
  return state_->safety;
}

double CheckpointStore::longest_save() const {
  const std::lock_guard guard(state_->mutex);
  return state_->longest_save;
}

bool CheckpointStore::finish(const std::function<bool()>& enough) {
  std::unique_lock guard(state_->mutex);
  State& state = *state_;
  state.flush = true;
  state.retry_at = Clock::now();
  state.changed.notify_all();
  for (;;) {
    if (state.fatal) std::rethrow_exception(state.fatal);
    const bool all = state.idle() && !state.files->dirty();
    if (all || enough()) {
      state.flush = false;
      return all && !state.incomplete;
    }
    state.changed.wait_for(guard, 100ms);
  }
}

}  // namespace rod
