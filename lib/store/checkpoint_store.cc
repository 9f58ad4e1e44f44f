#include "store/checkpoint_store.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "base/mutex.h"
#include "io/verified_copy.h"
#include "store/local_folder.h"
#include "store/publisher.h"
#include "store/shared_log.h"

namespace rod::store {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kShutdownTimeout{2};  // for the threads to end
constexpr std::chrono::milliseconds kAskEvery{100};  // whether flush() has waited enough

bool same_size(const fs::path& a, const fs::path& b) {
  std::error_code failed;
  return fs::file_size(a, failed) == fs::file_size(b, failed) && !failed;
}

// What the run folder holds of the run that is resumed.
struct Published {
  std::optional<fs::path> resumed;     // the state that the run resumes from
  std::set<std::uint64_t> void_steps;  // later ones
};

Published published_states(const fs::path& run, std::uint64_t resumed_step) {
  Published found;
  for (const ListedCheckpoint& file : list_checkpoints(run / kCheckpointsName)) {
    if (file.step > resumed_step) found.void_steps.insert(file.step);
    if (file.step == resumed_step) found.resumed = file.path;
  }
  return found;
}

CheckpointFile local_file(CheckpointFile::Kind kind, const NewestPointer& state = {}) {
  CheckpointFile file;
  file.kind = kind;
  file.stage = Stage::kLocal;
  file.step = state.step;
  file.seconds = state.seconds;
  return file;
}

// The same for the best networks of one kind.
void adopt_waiting_best(const LocalFolder& local, CheckpointFile::Kind kind,
                        const fs::path& adopted, CheckpointQueue& queue) {
  for (const fs::path& path : waiting_best(local.path, local_file(kind).name())) {
    if (path != adopted) {
      io::empty_then_remove(path);
      continue;
    }
    CheckpointFile best = local_file(kind);
    fs::rename(path, local.path / best.local_name());
    queue.put_written(std::move(best));
  }
}

// Puts what an earlier process has left in the local folder and the run folder lacks into the
// queue; removes the rest.
void adopt_waiting(const CheckpointStore::Options& options, const NewestPointer& resumed,
                   const Published& published, CheckpointQueue& queue) {
  for (const ListedCheckpoint& file : list_checkpoints(options.local.path)) {
    if (file.step > resumed.step) {
      io::empty_then_remove(file.path);
    } else if (file.step == resumed.step &&
               (!published.resumed || !same_size(*published.resumed, file.path))) {
      queue.put_written(local_file(CheckpointFile::Kind::kStep, resumed));
    }
  }
  adopt_waiting_best(options.local, CheckpointFile::Kind::kBest, options.adopt_best, queue);
  adopt_waiting_best(options.local, CheckpointFile::Kind::kBestUnlabelled,
                     options.adopt_best_unlabelled, queue);
}

}  // namespace

// Shared by the store and its threads; destroyed by the last of them.
struct CheckpointStore::Shared {
  Shared(const Options& options, std::shared_ptr<SmallFiles> small_files,
         std::shared_ptr<RunLock> run_lock, const Published& published)
      : log(options.log),
        queue(options.keep, published.resumed ? std::optional(Clock::now()) : std::nullopt),
        files(std::move(small_files)),
        lock(std::move(run_lock)),
        writer(queue, *files, log, options.run, options.local),
        publisher(queue, *files, *lock, log,
                  {options.run, options.local, options.keep, published.void_steps}) {}

  // The end of a thread. The last one gives up the lock: now the next run may have it.
  void end_thread() {
    const MutexLock guard(mutex);
    if (--threads == 0) lock.reset();
    ended.notify_all();
  }

  void wait_for_threads(Clock::time_point until) {
    const MutexLock guard(mutex);
    while (threads > 0 && Clock::now() < until) ended.wait_until(mutex, until);
  }

  SharedLog log;
  CheckpointQueue queue;
  const std::shared_ptr<SmallFiles> files;
  std::shared_ptr<RunLock> lock;  // used by the publisher; reset by the last thread
  LocalWriter writer;             // of the writer's thread
  Publisher publisher;            // of the publisher's thread
  Mutex mutex;
  ConditionVariable ended;
  int threads ROD_GUARDED_BY(mutex) = 2;
};

CheckpointStore::CheckpointStore(Options options, std::shared_ptr<SmallFiles> files,
                                 std::shared_ptr<RunLock> lock, const NewestPointer& resumed) {
  for (const fs::path& folder : {options.local.path, options.run, options.run / kCheckpointsName})
    remove_unfinished(folder);
  const Published published = published_states(options.run, resumed.step);
  shared_ = std::make_shared<Shared>(options, std::move(files), std::move(lock), published);
  adopt_waiting(options, resumed, published, shared_->queue);
  std::thread([shared = shared_] {
    shared->writer.run();
    shared->end_thread();
  }).detach();
  std::thread([shared = shared_] {
    shared->publisher.run();
    shared->end_thread();
  }).detach();
}

CheckpointStore::~CheckpointStore() {
  shared_->queue.stop();
  shared_->wait_for_threads(Clock::now() + kShutdownTimeout);
  shared_->log.close();
}

void CheckpointStore::save(std::uint64_t step, double seconds,
                           std::unique_ptr<CheckpointContent> state) {
  CheckpointFile file;
  file.step = step;
  file.seconds = seconds;
  file.content = std::move(state);
  shared_->queue.put(std::move(file));
}

void CheckpointStore::save_best(std::unique_ptr<CheckpointContent> network,
                                CheckpointFile::Kind kind) {
  CheckpointFile file;
  file.kind = kind;
  file.content = std::move(network);
  shared_->queue.put(std::move(file));
}

void CheckpointStore::throw_if_failed() const {
  shared_->queue.throw_if_failed();
}

Safety CheckpointStore::safety() const {
  return shared_->queue.safety();
}

double CheckpointStore::longest_save() const {
  return shared_->queue.longest_save();
}

bool CheckpointStore::flush(const std::function<bool()>& enough) {
  CheckpointQueue& queue = shared_->queue;
  queue.ask_to_flush(true);
  for (;;) {
    const std::uint64_t version = queue.view().version;
    const CheckpointQueue::Rest rest = queue.rest();
    const bool all = rest.idle && !shared_->files->dirty();
    if (all || enough()) {
      queue.ask_to_flush(false);
      return all && !rest.lost;
    }
    queue.wait(version, Clock::now() + kAskEvery);
  }
}

}  // namespace rod::store
