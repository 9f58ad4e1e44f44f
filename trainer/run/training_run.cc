#include "trainer/run/training_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/stop.h"
#include "trainer/checkpoint/compatibility.h"
#include "trainer/criteria/criterion.h"
#include "trainer/learning/distribute.h"
#include "trainer/learning/evaluate.h"
#include "trainer/learning/loss_history.h"
#include "trainer/network/pretrained.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

WeightsSource weights_source(const TrainConfig& config) {
  return {config.weights_dir, config.weights_url};
}

}  // namespace

TrainingRun::TrainingRun(const TrainConfig& config, const shard::Manifest& manifest,
                         std::shared_ptr<ProcessGroup> group)
    : line_(config.quiet || !group->first()),
      setup_(open_run(config, manifest, std::move(group),
                      [this](const std::string& text) { line_.say(text); })),
      limit_(config, start_, std::time(nullptr)),
      learner_(make_learner(setup_.config, setup_.classes(), setup_.device)) {
  if (!config.until.empty())
    line_.say(fmt::format("--until: stops at {}", shown_until(config.until, std::time(nullptr))));
  set_epoch_steps(learner_, setup_.config, setup_.schedule.epoch_steps());
  for (const std::string& name : config.pretrained) {
    if (is_published(name)) require_published(name, config.arch, weights_source(config));
  }
  // After everything that options can be wrong for: a refused run leaves no folder.
  if (setup_.group->first()) folder_ = std::make_unique<RunFolder>(config.logdir, config.local_dir);
}

void TrainingRun::start_or_resume(const std::string& config_toml) {
  if (folder_) open_folder(config_toml);
  if (!setup_.group->alone()) {  // the first process alone has seen the checkpoint
    const std::string names =
        broadcast_text(*setup_.group, nlohmann::json(setup_.manifest.classes).dump());
    use_class_order(nlohmann::json::parse(names).get<std::vector<std::string>>());
  }
  distribute(learner_, setup_.group, setup_.config);
  use_cuda_graphs(learner_, setup_.config, setup_.device,
                  [this](const std::string& text) { line_.say(text); });
  broadcast(*setup_.group, learner_, state_);
  first_step_ = state_.step;
  feed_ = std::make_unique<Feed>(learner_.method.streams, setup_.splits, setup_.config,
                                 setup_.device, state_.step, setup_.group->slice());
  if (!recorder_) return;
  recorder_->restart_clock(feed_->waited());
  recorder_->announce(state_, learner_.network->options().compute);
}

template <typename Copy>
void TrainingRun::with_memory_for_a_copy(Copy copy) {
  try {
    copy();
  } catch (const c10::Error& error) {
    if (!is_out_of_memory(error)) throw;
    throw Error(
        ErrorKind::kNoRoom,
        fmt::format("memory ran out while the state after {} steps was copied: {}\nThe checkpoints "
                    "in {} are complete; stop other programs that use the memory, or use a smaller "
                    "--batch-size, and run the command with --resume",
                    state_.step, first_line(error.what_without_backtrace()),
                    folder_->path().string()));
  }
}

void TrainingRun::open_folder(const std::string& config_toml) {
  if (!setup_.config.resume && folder_->has_run()) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("{} already holds a run; add --resume to continue it, or use another --logdir",
                    folder_->path().string()));
  }
  if (const std::string text = folder_->lock()->taken_over(); !text.empty()) line_.say(text);
  const std::optional<Checkpoint> checkpoint = restore_newest();
  if (!checkpoint) load_pretrained_weights();
  throw_if_stopped("nothing was changed");
  const auto files = std::make_shared<store::SmallFiles>();
  files->put("config.toml", config_toml);
  recorder_ = std::make_unique<Recorder>(setup_, *folder_, files, state_, line_);
  with_memory_for_a_copy([&] {
    saver_ = std::make_unique<Saver>(setup_, *folder_, files, state_, checkpoint.has_value(),
                                     learner_, losses_, line_);
  });
}

std::optional<Checkpoint> TrainingRun::restore_newest() {
  if (!setup_.config.resume) return std::nullopt;
  const auto say = [this](const std::string& text) { line_.say(text); };
  std::optional<Checkpoint> checkpoint = folder_->newest_checkpoint(say);
  if (!checkpoint) {
    say(fmt::format("{} has no checkpoint: starting a new run", folder_->path().string()));
    return std::nullopt;
  }
  require_same_run(*checkpoint, setup_.config, setup_.manifest, setup_.splits, learner_.method,
                   say);
  if (!checkpoint->head.class_names.empty()) use_class_order(checkpoint->head.class_names);
  restore_learner(*checkpoint, learner_, losses_);
  state_ = checkpoint->head.state;
  if (config_from_options(checkpoint->head.options, checkpoint->path).select !=
      setup_.config.select)
    state_.best_unlabelled.reset();  // was of another criterion
  if (const auto pointer = store::read_pointer(folder_->path())) seconds_before_ = pointer->seconds;
  state_.seconds = seconds_before_;
  say(fmt::format("resuming from {}", checkpoint->path));
  return checkpoint;
}

// The network's outputs keep their meaning, in whatever order the data set lists its classes.
// Requires: the same names.
void TrainingRun::use_class_order(const std::vector<std::string>& names) {
  if (names == setup_.manifest.classes) return;
  relabel(setup_.splits, match_classes(names, setup_.manifest.classes).labels);
  setup_.manifest.classes = names;
}

void TrainingRun::load_pretrained_weights() {
  const TrainConfig& config = setup_.config;
  for (const std::string& name : config.pretrained) {
    const std::filesystem::path file =
        is_published(name) ? find_published(name, config.arch, weights_source(config), line_)
                           : std::filesystem::path(name);
    line_.say(
        fmt::format("weights of {}: {}", file.string(), load_pretrained(file, learner_.network)));
  }
}

void TrainingRun::evaluate_if_due() {
  if (!setup_.schedule.evaluation_due(state_)) return;
  const AveragedNetwork averaged(learner_.average.get());
  std::map<std::string, Evaluation> evaluations;
  for (const Split& split : {setup_.splits.source_test, setup_.splits.target}) {
    if (!split) continue;
    const bool is_target = split == setup_.splits.target;
    auto evaluation = evaluate(learner_.network, split, setup_.device,
                               evaluate_options(setup_.config, is_target, setup_.group),
                               [this] { return wants_to_stop(); });
    if (!evaluation) return;  // one process wants to stop; done again when the run is resumed
    evaluations.emplace(split->name(), std::move(*evaluation));
  }
  state_.evaluated_step = state_.step;
  // The target's accuracy, as the course's program reports it; a choice that looks at the target's
  // labels. Without a target, that of the source's test split.
  const double accuracy = evaluations.at(setup_.config.judged_split()).accuracy();
  const bool best = accuracy > state_.best_accuracy;
  if (best) state_.best_accuracy = accuracy;
  state_.stale_evaluations = best ? 0 : state_.stale_evaluations + 1;
  if (!recorder_) return;
  const bool best_unlabelled = judge_unlabelled(evaluations);
  recorder_->add_evaluations(state_, evaluations, criteria_);
  state_.seconds = seconds();
  with_memory_for_a_copy([&] {
    if (best) saver_->save_best(state_, learner_);
    if (best_unlabelled) saver_->save_best_unlabelled(state_, learner_);
  });
  recorder_->write_report(state_, evaluations);
  recorder_->restart_clock(feed_->waited());
}

// Whether the network is the best so far by --select, which sees no labels of the target.
bool TrainingRun::judge_unlabelled(const std::map<std::string, Evaluation>& evaluations) {
  criteria_.clear();
  if (!setup_.splits.target) return false;
  criteria_ = criterion_values(evaluations.at(setup_.splits.target->name()).logits);
  const double value = criteria_.at(setup_.config.select);
  if (!std::isfinite(value) || (state_.best_unlabelled && value <= *state_.best_unlabelled))
    return false;
  state_.best_unlabelled = value;
  return true;
}

void TrainingRun::save_if_due() {
  if (!saver_) return;
  saver_->throw_if_failed();
  if (saver_->due(state_)) save();
}

void TrainingRun::save() {
  require_convergence();
  state_.seconds = seconds();
  recorder_->start_new_events();
  with_memory_for_a_copy([&] { saver_->save(state_, learner_, losses_); });
  recorder_->restart_clock(feed_->waited());
}

std::vector<Minibatch> TrainingRun::next_minibatches() {
  step_start_ = Clock::now();
  if (wants_to_stop() || setup_.schedule.trained(state_.step)) return {};
  try {
    return feed_->next();
  } catch (const Error&) {
    if (wants_to_stop()) return {};  // a signal has ended a wait for the drive
    throw;
  }
}

StopReason TrainingRun::own_reason() {
  reason_ = std::max(reason_, signal_reason());
  // The first process knows how long a save takes. Each process gets at least one step further.
  if (saver_ && state_.step != first_step_ &&
      limit_.is_near(Clock::now(), saver_->longest_save(), longest_step_)) {
    reason_ = std::max(reason_, StopReason::kTimeLimit);
  }
  return reason_;
}

void TrainingRun::stop_if_asked() {
  reason_ = agree_on_stop(*setup_.group, own_reason());
  if (reason_ == StopReason::kNone) return;
  const std::string next =
      saver_ ? save_and_flush() : "process 0 saves the state, and its message says how to resume";
  reason_ = agree_on_stop(*setup_.group, own_reason());  // a signal may have come meanwhile
  setup_.group->shutdown();
  std::string text = describe_stop(reason_);
  if (reason_ == StopReason::kTimeLimit)
    text += fmt::format(" after {} of {} steps", state_.step, setup_.schedule.total_steps());
  const std::string process =
      saver_ ? "" : fmt::format("process {} of {}: ", setup_.group->rank(), setup_.group->size());
  throw Error(error_kind(reason_), fmt::format("{}{}; {}", process, text, next));
}

std::string TrainingRun::save_and_flush() {
  if (!saver_->has(state_.step)) save();
  return (flush() ? std::string("the state is saved") : saver_->unfinished()) +
         "; run the same command with --resume to continue";
}

void TrainingRun::train_one_step(const std::vector<Minibatch>& minibatches) {
  if (recorder_) recorder_->begin_step(state_, learner_, minibatches);
  const NamedLosses losses = learner_.step(setup_.config.seed, state_.step, minibatches);
  if (recorder_) recorder_->end_step(state_, learner_, losses);
  losses_.add(losses);
  ++state_.step;
  longest_step_ = std::max(longest_step_, seconds_since(step_start_));
  if (recorder_ && recorder_->progress_due()) recorder_->show_progress(state_, saver_->safety());
}

void TrainingRun::log_if_due() {
  if (!setup_.schedule.log_due(state_.step)) return;
  if (recorder_) {
    require_convergence();
    recorder_->add_losses(state_, losses_, feed_->waited());
    recorder_->restart_clock(feed_->waited());
  }
  losses_.clear();
}

void TrainingRun::require_convergence() const {
  if (learner_.scaler) learner_.scaler->require_use();
  if (losses_.empty()) return;
  if (const auto divergence = losses_.divergence(state_.step)) {
    throw diverged_error(*divergence, learner_.method, setup_.splits, setup_.config);
  }
}

void TrainingRun::finish(nlohmann::ordered_json& report) {
  if (recorder_) {
    recorder_->finish(state_);
    if (!flush()) {
      const std::string text = fmt::format(
          "all {} steps are done, but {}; run the same command with --resume to try again",
          state_.step, saver_->unfinished());
      throw_if_stopped(text.c_str());
      throw Error(limit_.is_over(Clock::now()) ? ErrorKind::kTimeLimit : ErrorKind::kFailed, text);
    }
  }
  setup_.group->shutdown();
  if (!recorder_) return;
  state_.seconds = seconds();
  recorder_->summarise(state_, report);
}

bool TrainingRun::flush() {
  return saver_->flush([this, from = Clock::now()] {
    const bool signalled = stop_signal() != 0 || reason_ > StopReason::kTimeLimit;
    return Clock::now() >= limit_.end_of_wait(from, signalled);
  });
}

}  // namespace rod::trainer
