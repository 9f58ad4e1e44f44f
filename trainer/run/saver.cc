#include "trainer/run/saver.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/units.h"

namespace rod::trainer {
namespace {

// What a best network's file records of its run; that of a new run where there is no such file.
RunState state_in(const std::filesystem::path& best) {
  try {
    return parse_checkpoint_head(shard::SafetensorsFile(best).metadata(), best.string()).state;
  } catch (const Error&) {  // the next better one will replace it
    return {};
  }
}

double accuracy_in(const std::filesystem::path& best) {
  return state_in(best).best_accuracy;
}

}  // namespace

Saver::Saver(const RunSetup& setup, const RunFolder& folder,
             std::shared_ptr<store::SmallFiles> files, const RunState& state, bool resumed,
             Learner& learner, const LossHistory& losses, StatusLine& line)
    : setup_(setup), folder_(folder) {
  const auto say = [&line](const std::string& text) { line.say(text); };
  store::CheckpointStore::Options options{folder.path(),
                                          folder.local(),
                                          setup.config.keep,
                                          /*adopt_best=*/{},
                                          say,
                                          {}};
  if (resumed) {
    saved_ = state;
    options.adopt_best = waiting_best_of(state);
    options.adopt_best_unlabelled = waiting_best_unlabelled_of(state);
  }
  if (resumed && options.adopt_best.empty() && accuracy_in(folder.best()) < state.best_accuracy) {
    say(fmt::format(
        "{}: is not the run's best network, which had {:.2f}% on {}: the drive has "
        "lost that file. The next better network will replace it",
        folder.best().string(), 100 * state.best_accuracy, setup.config.judged_split()));
  }
  store_ = std::make_unique<store::CheckpointStore>(
      options, std::move(files), folder.lock(), store::NewestPointer{state.step, state.seconds});
  memory_->give(capture_checkpoint(checkpoint_head(setup, state), learner, losses).tensors);
}

std::filesystem::path Saver::waiting_best_of(const RunState& state) const {
  for (const std::filesystem::path& best : store::waiting_best(folder_.local().path)) {
    if (accuracy_in(best) == state.best_accuracy) return best;
  }
  return {};
}

std::filesystem::path Saver::waiting_best_unlabelled_of(const RunState& state) const {
  for (const std::filesystem::path& best :
       store::waiting_best(folder_.local().path, store::kBestUnlabelledName)) {
    if (state.best_unlabelled && state_in(best).best_unlabelled == state.best_unlabelled)
      return best;
  }
  return {};
}

bool Saver::due(const RunState& state) const {
  if (saved_ && saved_->step == state.step && saved_->evaluated_step == state.evaluated_step)
    return false;
  if (state.step == 0) return false;
  const SaveEvery& every = setup_.config.save_every;
  const bool due =
      every.steps > 0 ? state.step % every.steps == 0 : Clock::now() - saved_at_ >= every.time;
  return due || setup_.schedule.at_epoch_end(state.step) || setup_.schedule.trained(state.step);
}

void Saver::save(const RunState& state, Learner& learner, const LossHistory& losses) {
  store_->save(state.step, state.seconds,
               saved_state(capture_checkpoint(checkpoint_head(setup_, state), learner, losses,
                                              memory_->take()),
                           memory_));
  saved_ = state;
  saved_at_ = Clock::now();
}

void Saver::save_best(const RunState& state, Learner& learner) {
  store_->save_best(saved_state(
      capture_model(checkpoint_head(setup_, state), learner, memory_->take()), memory_));
}

void Saver::save_best_unlabelled(const RunState& state, Learner& learner) {
  store_->save_best(
      saved_state(capture_model(checkpoint_head(setup_, state), learner, memory_->take()), memory_),
      store::CheckpointFile::Kind::kBestUnlabelled);
}

std::string Saver::unfinished() const {
  const store::Safety safety = store_->safety();
  std::string text = fmt::format(
      "{} could not store the newest checkpoint{}{}; {}", folder_.path().string(),
      safety.trouble.empty() ? "" : ": ", safety.trouble,
      safety.local ? fmt::format("it is kept on this machine, in {}", folder_.local().path.string())
                   : "it is lost, and the previous one counts");
  if (safety.silent) {  // the thread that waits can't be killed either
    text += fmt::format(
        "; its drive has not responded for {}, and the system keeps this process until the drive "
        "responds or is unmounted",
        format_duration(Clock::now() - *safety.silent));
  }
  return text;
}

namespace {

constexpr std::size_t kFreeSnapshots = 2;  // one is written while the next is taken

class SavedCheckpoint : public store::CheckpointContent {
 public:
  SavedCheckpoint(CapturedCheckpoint checkpoint, std::shared_ptr<CaptureMemory> memory)
      : checkpoint_(std::move(checkpoint)), memory_(std::move(memory)) {}
  ~SavedCheckpoint() override { memory_->give(std::move(checkpoint_.tensors)); }

  std::uint64_t bytes() const override {
    std::uint64_t sum = 0;
    for (const shard::TensorData& tensor : checkpoint_.tensors.data()) sum += tensor.data.size();
    return sum;
  }
  void prepare() override { seal_checkpoint(checkpoint_); }
  void write(const io::ByteSink& sink) const override {
    const std::string header =
        shard::safetensors_header(checkpoint_.tensors.data(), checkpoint_.metadata);
    sink(std::as_bytes(std::span(header)));
    for (const shard::TensorData& tensor : checkpoint_.tensors.data()) sink(tensor.data);
  }

 private:
  CapturedCheckpoint checkpoint_;
  std::shared_ptr<CaptureMemory> memory_;
};

}  // namespace

TensorSnapshot CaptureMemory::take() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) return {};
  TensorSnapshot snapshot = std::move(free_.back());
  free_.pop_back();
  return snapshot;
}

void CaptureMemory::give(TensorSnapshot snapshot) {
  const std::lock_guard lock(mutex_);
  if (free_.size() < kFreeSnapshots) free_.push_back(std::move(snapshot));
}

std::unique_ptr<store::CheckpointContent> saved_state(CapturedCheckpoint checkpoint,
                                                      std::shared_ptr<CaptureMemory> memory) {
  return std::make_unique<SavedCheckpoint>(std::move(checkpoint), std::move(memory));
}

}  // namespace rod::trainer
