#include "trainer/training_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/error.h"
#include "base/machine.h"
#include "base/stop.h"
#include "base/units.h"
#include "trainer/device.h"
#include "trainer/gpu_memory.h"
#include "trainer/report/report.h"
#include "trainer/same_run.h"

namespace rod {
namespace {

constexpr std::uint64_t kLogSteps = 10;
constexpr const char* kGoOn = "the state is saved; run the same line with --resume to go on";

torch::Device prepare_device(const TrainConfig& config) {
  set_up_arithmetic(config.deterministic);
  return choose_device(config.device);
}

std::uint64_t count_epoch_steps(const TrainConfig& config, const Splits& splits) {
  return splits.source_train->size() / config.batch_size;
}

std::uint64_t count_total_steps(const TrainConfig& config, std::uint64_t epoch_steps) {
  const std::uint64_t all = config.epochs * epoch_steps;
  return config.max_steps == 0 ? all : std::min(all, config.max_steps);
}

std::vector<std::string> csv_columns(const TrainConfig& config) {
  return {"step",
          "epoch",
          "lr",
          "loss.cls",
          "loss.ent",
          "loss.rot_source",
          "loss.rot_target",
          "accuracy." + config.source_test(),
          "accuracy." + config.target,
          "pairs_per_second",
          "waited",
          "time"};
}

}  // namespace

TrainingRun::TrainingRun(const TrainConfig& config)
    : config_(config),
      deadline_(deadline(config, start_, std::time(nullptr))),
      line_(config.quiet),
      device_(prepare_device(config)),
      manifest_(open_dataset(config.data)),
      splits_(open_splits(config, manifest_)),
      folder_(config.logdir),
      learner_(make_learner(config, static_cast<std::int64_t>(manifest_.classes.size()), device_)),
      epoch_steps_(count_epoch_steps(config, splits_)),
      total_steps_(count_total_steps(config, epoch_steps_)),
      trace_(folder_.trace(), trace_settings(config)) {}

void TrainingRun::start_or_resume(const std::string& config_toml) {
  if (!config_.resume && folder_.has_run()) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format(
            "{} already holds a run; add --resume to go on with it, or take another --logdir",
            folder_.path().string()));
  }
  std::optional<Checkpoint> checkpoint;
  if (config_.resume) {
    checkpoint = folder_.newest_checkpoint([this](const std::string& text) { line_.say(text); });
    if (!checkpoint) {
      line_.say(fmt::format("{} holds no checkpoint: starting anew", folder_.path().string()));
    }
  }
  if (checkpoint) {
    require_same_run(*checkpoint, config_, manifest_, splits_, learner_.method);
    restore_learner(*checkpoint, learner_, losses_);
    state_ = checkpoint->head.state;
    seconds_before_ = state_.seconds;
    saved_ = state_;
    line_.say(fmt::format("going on from {}", checkpoint->path));
  }
  write_file(folder_.config(), config_toml);
  log_ = std::make_unique<RunLog>(folder_, config_, state_, csv_columns(config_));
  for (const Curve& curve : log_->curves().with_prefix("accuracy.")) {
    last_accuracy_[curve.name] = curve.points.back().y;
  }
  feed_ = std::make_unique<Feed>(learner_.method.streams, splits_, config_, device_, state_.step);
  watch_.restart(feed_->waited());
  if (complete()) {
    line_.say(
        fmt::format("the run is complete: {} of {} steps are done", state_.step, total_steps_));
    return;
  }
  line_.say(fmt::format(
      "training {} with {} on {}: {} and {} pairs, {} epochs of {} steps of {} x {} pairs",
      config_.method, config_.arch, describe_device(device_),
      format_count(splits_.source_train->size()), format_count(splits_.target->size()),
      config_.epochs, epoch_steps_, learner_.method.streams.size(), config_.batch_size));
}

void TrainingRun::train_one_step() {
  const std::vector<Minibatch> minibatches = feed_->next();
  const bool traced = state_.step < config_.trace;
  log_->show_batch(state_.step + 1, learner_.method.streams, minibatches);
  if (traced) trace_.begin(state_.step + 1, learner_.method, learner_.network, minibatches);
  const NamedLosses losses = learner_.step(config_.seed, state_.step, minibatches);
  if (traced) trace_.end(learner_.network, losses);
  losses_.add(losses);
  ++state_.step;
  watch_.count_step();
  if (line_.is_due()) line_.update(progress());
}

void TrainingRun::log_if_due() {
  if (state_.step % kLogSteps != 0 && !at_epoch_end() && !complete()) return;
  const std::vector<double> means = losses_.means(state_.step);
  MetricsRow row = new_row();
  row["lr"] = config_.lr;
  shown_.losses.clear();
  for (std::size_t i = 0; i < means.size(); ++i) {
    row[losses_.names()[i]] = means[i];
    shown_.losses.emplace_back(losses_.names()[i], means[i]);
  }
  // Rates are read here alone, as means() has waited for the device: in between they would tell how
  // fast steps are queued.
  shown_.steps_per_second = watch_.steps_per_second();
  shown_.pairs_per_second =
      shown_.steps_per_second * double(config_.batch_size * learner_.method.streams.size());
  shown_.waited = watch_.waited_share(feed_->waited());
  row["pairs_per_second"] = shown_.pairs_per_second;
  row["waited"] = shown_.waited;
  if (const auto memory = gpu_memory(device_)) {
    shown_.gpu_used = memory->used;
    shown_.gpu_total = memory->total;
  }
  log_->add(row);
  losses_.clear();
  watch_.restart(feed_->waited());
}

void TrainingRun::evaluate_if_due() {
  if (state_.step == state_.evaluated_step || (!at_epoch_end() && !complete())) return;
  const EvaluateOptions options{config_.batch_size, config_.test_batches,
                                thread_count(config_.jobs)};
  MetricsRow row = new_row();
  std::map<std::string, Evaluation> evaluations;
  for (const Split& split : {splits_.source_test, splits_.target}) {
    auto evaluation =
        evaluate(learner_.network, split, device_, options, [this] { return stop_wanted(); });
    if (!evaluation) return;  // done again when the run goes on
    row["accuracy." + split->name()] = evaluation->accuracy();
    last_accuracy_[split->name()] = evaluation->accuracy();
    evaluations.emplace(split->name(), std::move(*evaluation));
  }
  log_->add(row, evaluations);
  state_.evaluated_step = state_.step;
  line_.say(fmt::format("epoch {}: {} {:.2f}%, {} {:.2f}%", epoch_from_one(), config_.source_test(),
                        100 * last_accuracy_.at(config_.source_test()), config_.target,
                        100 * last_accuracy_.at(config_.target)));
  // The target's accuracy, as the course's program reports it; a choice that looks at the target's labels.
  if (last_accuracy_.at(config_.target) > state_.best_accuracy) {
    state_.best_accuracy = last_accuracy_.at(config_.target);
    write_checkpoint(folder_.best(), capture_model(head(), learner_));
  }
  write_report(evaluations);
  watch_.restart(feed_->waited());
}

void TrainingRun::write_report(const std::map<std::string, Evaluation>& evaluations) {
  try {
    write_file(folder_.report(),
               report_page({folder_.name(), config_, manifest_, splits_, log_->curves(), evaluations,
                            head().state, epoch_steps_, total_steps_}));
  } catch (const Error& error) {  // nothing that the run needs
    line_.say(fmt::format("the report was not written: {}", error.what()));
  }
}

void TrainingRun::save_if_due() {
  if (saved_ && saved_->step == state_.step && saved_->evaluated_step == state_.evaluated_step)
    return;
  if (state_.step == 0) return;
  const bool by_steps = config_.save_every.steps > 0;
  const bool due = by_steps ? state_.step % config_.save_every.steps == 0
                            : Clock::now() - saved_at_ >= config_.save_every.time;
  if (due || at_epoch_end() || complete()) save();
}

void TrainingRun::save() {
  if (!losses_.empty()) losses_.means(state_.step);  // refuses a state that has diverged
  state_.seconds = seconds();
  log_->sync();
  write_checkpoint(folder_.checkpoint(state_.step), capture_checkpoint(head(), learner_, losses_));
  folder_.prune(state_.step, config_.keep);
  saved_ = state_;
  saved_at_ = Clock::now();
  watch_.restart(feed_->waited());
}

CheckpointHead TrainingRun::head() const {
  CheckpointHead head;
  head.state = state_;
  head.state.seconds = seconds();
  head.epoch = state_.step / epoch_steps_;
  head.options = result_options(config_);
  head.fingerprint = manifest_.fingerprint;
  head.classes = static_cast<std::int64_t>(manifest_.classes.size());
  for (const StreamUse& use : learner_.method.streams) {
    head.streams[use.name] = stream_order(use, splits_, config_).position(state_.step);
  }
  return head;
}

bool TrainingRun::stop_wanted() const {
  return stop_signal() != 0 || (deadline_ && Clock::now() >= *deadline_);
}

void TrainingRun::stop_if_asked() {
  if (!stop_wanted()) return;
  if (complete() && state_.evaluated_step == state_.step)
    return;  // there is nothing left to go on with
  if (!saved_ || saved_->step != state_.step) save();
  throw_if_stopped(kGoOn);
  throw Error(ErrorKind::kTimeLimit,
              fmt::format("stopped at the time limit after {} of {} steps; {}", state_.step,
                          total_steps_, kGoOn));
}

void TrainingRun::summarise(nlohmann::ordered_json& report) {
  log_->finish(state_.step);
  const std::string checkpoint = folder_.checkpoint(state_.step).string();
  line_.say(fmt::format("done: {} steps in {}; checkpoint {}, report {}",
                        format_count(state_.step),
                        format_duration(std::chrono::duration<double>(seconds())), checkpoint,
                        folder_.report().string()));
  if (folder_.path().string().starts_with("/content/drive")) {
    line_.say(
        "Run drive.flush_and_unmount() in a Python cell before you close the notebook: then all is "
        "on the drive.");
  }
  report["step"] = state_.step;
  report["epoch"] = state_.step / epoch_steps_;
  report["accuracy"] = last_accuracy_;
  report["best_accuracy"] = state_.best_accuracy;
  report["seconds"] = seconds();
  report["checkpoint"] = checkpoint;
  report["best"] = folder_.best().string();
  report["metrics"] = folder_.metrics_jsonl().string();
  report["report"] = folder_.report().string();
}

std::uint64_t TrainingRun::epoch_from_one() const {
  return state_.step == 0 ? 1 : (state_.step - 1) / epoch_steps_ + 1;
}

MetricsRow TrainingRun::new_row() const {
  return {{"step", state_.step}, {"epoch", epoch_from_one()}, {"time", std::time(nullptr)}};
}

std::string TrainingRun::progress() {
  shown_.epoch = epoch_from_one();
  shown_.epochs = config_.epochs;
  shown_.step = state_.step;
  shown_.steps = total_steps_;
  if (const auto last = last_accuracy_.find(config_.target); last != last_accuracy_.end()) {
    shown_.accuracy_of = last->first;
    shown_.accuracy = last->second;
  }
  if (saved_at_ > start_) shown_.since_save = seconds_since(saved_at_);
  return progress_text(shown_);
}

}  // namespace rod
