#include "trainer/run/training_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "base/error.h"
#include "base/machine.h"
#include "base/stop.h"
#include "base/units.h"
#include "trainer/checkpoint/same_run.h"
#include "trainer/learning/share.h"
#include "trainer/network/pretrained.h"
#include "trainer/report/report.h"
#include "trainer/run/diverged.h"
#include "trainer/tensor/device.h"
#include "trainer/tensor/gpu.h"

namespace rod {
namespace {

constexpr std::uint64_t kLogSteps = 10;
constexpr const char* kNothingYet = "nothing was changed";
constexpr double kSilence = 30;  // seconds that a drive may well take for a big file

std::uint64_t count_total_steps(const TrainConfig& config, std::uint64_t epoch_steps) {
  const std::uint64_t all = config.epochs * epoch_steps;
  return config.max_steps == 0 ? all : std::min(all, config.max_steps);
}

// The accuracy that a best network tells of; -1 where there is none.
double accuracy_in(const std::filesystem::path& best) {
  try {
    return parse_checkpoint_head(SafetensorsFile(best).metadata(), best.string())
        .state.best_accuracy;
  } catch (const Error&) {  // the next better one will replace it
    return -1;
  }
}

std::vector<std::string> csv_columns(const TrainConfig& config) {
  std::vector<std::string> columns = {"step", "epoch", "lr"};
  for (const LossUse& loss : find_method(config.method).losses) columns.push_back(loss.name);
  for (const std::string& split : {config.source_test(), config.target}) {
    columns.push_back("accuracy." + split);
  }
  columns.insert(columns.end(), {"pairs_per_second", "waited", "time"});
  return columns;
}

}  // namespace

TrainingRun::TrainingRun(const TrainConfig& config, std::shared_ptr<Peers> peers)
    : config_(config),
      peers_(std::move(peers)),
      limit_(config, start_, std::time(nullptr)),
      line_(config.quiet),
      device_(choose_device(config.device)),
      manifest_(open_training_data(config, [this](const std::string& text) { line_.say(text); })),
      splits_(open_splits(config, manifest_, device_,
                          [this](const std::string& text) { line_.say(text); })),
      learner_(make_learner(config, static_cast<std::int64_t>(manifest_.classes.size()), device_)),
      folder_(config.logdir, config.local_dir),
      epoch_steps_(epoch_steps(config, splits_)),
      total_steps_(count_total_steps(config, epoch_steps_)),
      trace_(folder_.trace(), trace_settings(config)) {
  learner_.ramp_steps = config.ramp_epochs * double(epoch_steps_);
}

void TrainingRun::start_or_resume(const std::string& config_toml) {
  if (!config_.resume && folder_.has_run()) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format(
            "{} already holds a run; add --resume to go on with it, or take another --logdir",
            folder_.path().string()));
  }
  const auto say = [this](const std::string& text) { line_.say(text); };
  if (!folder_.lock()->taken_over().empty()) say(folder_.lock()->taken_over());
  std::optional<Checkpoint> checkpoint;
  if (config_.resume) {
    checkpoint = folder_.newest_checkpoint(say);
    if (!checkpoint) {
      line_.say(fmt::format("{} holds no checkpoint: starting anew", folder_.path().string()));
    }
  }
  if (checkpoint) {
    require_same_run(*checkpoint, config_, manifest_, splits_, learner_.method, say);
    restore_learner(*checkpoint, learner_, losses_);
    state_ = checkpoint->head.state;
    if (const auto pointer = read_pointer(folder_.path())) seconds_before_ = pointer->seconds;
    first_step_ = state_.step;
    saved_ = state_;
    line_.say(fmt::format("going on from {}", checkpoint->path));
  } else {
    load_pretrained_weights();
  }
  throw_if_stopped(kNothingYet);
  files_->put("config.toml", config_toml);
  log_ = std::make_unique<RunLog>(files_, folder_, config_, state_, csv_columns(config_));
  for (const Curve& curve : log_->curves().with_prefix("accuracy.")) {
    last_accuracy_[curve.name] = curve.points.back().y;
  }
  share(learner_, peers_, config_);
  use_cuda_graphs(learner_, config_, device_, say);
  copy_first(*peers_, learner_, state_);
  open_store(checkpoint.has_value());
  feed_ = std::make_unique<Feed>(learner_.method.streams, splits_, config_, device_, state_.step,
                                 peers_->slice());
  watch_.restart(feed_->waited());
  if (complete()) {
    line_.say(
        fmt::format("the run is complete: {} of {} steps are done", state_.step, total_steps_));
    return;
  }
  line_.say(fmt::format(
      "training {} with {} on {} in {}: {} and {} pairs, {} epochs of {} steps of {} x {} pairs",
      config_.method, config_.arch, describe_device(device_),
      describe_arithmetic(device_, learner_.network->options().compute),
      format_count(splits_.source_train->size()), format_count(splits_.target->size()),
      config_.epochs, epoch_steps_, learner_.method.streams.size(), config_.batch_size));
}

// What an earlier process has left in the local folder is this run's if its state says so. Empty: nothing is.
std::filesystem::path TrainingRun::best_of_this_run() const {
  for (const std::filesystem::path& best : waiting_best(folder_.local().path)) {
    if (accuracy_in(best) == state_.best_accuracy) return best;
  }
  return {};
}

void TrainingRun::open_store(bool resumed) {
  CheckpointStore::Options options{folder_.path(), folder_.local(), config_.keep,
                                   /*adopt_best=*/{},
                                   [this](const std::string& text) { line_.say(text); }};
  if (resumed) options.adopt_best = best_of_this_run();
  if (resumed && options.adopt_best.empty() && accuracy_in(folder_.best()) < state_.best_accuracy) {
    line_.say(fmt::format(
        "{}: is not the run's best network, which had {:.2f}% on {}: the drive has lost "
        "that one. The next better one takes its place",
        folder_.best().string(), 100 * state_.best_accuracy, config_.target));
  }
  store_ = std::make_unique<CheckpointStore>(options, files_, folder_.lock(),
                                             NewestPointer{state_.step, seconds_before_});
  // The first save would pay for new memory.
  capture_memory_->give(capture_checkpoint(head(), learner_, losses_).tensors);
}

void TrainingRun::load_pretrained_weights() {
  for (const std::string& file : config_.pretrained) {
    line_.say(fmt::format("weights of {}: {}", file, load_pretrained(file, learner_.network)));
  }
}

void TrainingRun::train_one_step() {
  const Clock::time_point start = Clock::now();
  std::vector<Minibatch> minibatches;
  try {
    minibatches = feed_->next();
  } catch (const Error&) {
    if (stop_wanted())
      return;  // a wait for the drive was ended by a signal: the state is saved as ever
    throw;
  }
  tell_peers({Command::kStep});
  const bool traced = state_.step < config_.trace;
  log_->show_batch(state_.step + 1, learner_.method.streams, minibatches);
  if (traced) trace_.begin(state_.step + 1, learner_.method, learner_.network, minibatches);
  const NamedLosses losses = learner_.step(config_.seed, state_.step, minibatches);
  if (traced) trace_.end(learner_.network, learner_.sgd, learner_.weights, losses);
  losses_.add(losses);
  ++state_.step;
  watch_.count_step();
  longest_step_ = std::max(longest_step_, seconds_since(start));
  if (line_.is_due()) line_.update(progress());
}

void TrainingRun::log_if_due() {
  if (state_.step % kLogSteps != 0 && !at_epoch_end() && !complete()) return;
  require_convergence();
  const std::vector<double> means = losses_.means();
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
  if (config_.sanitycheck) say_sanity(shown_.losses.front().second);
  losses_.clear();
  watch_.restart(feed_->waited());
}

void TrainingRun::say_sanity(double class_loss) {
  const auto classes = double(manifest_.classes.size());
  line_.say(fmt::format(
      "sanity check: step {}: classification loss {:.4f} on {} classes; guessing has {:.4f}",
      state_.step, class_loss, classes, std::log(classes)));
}

void TrainingRun::evaluate_if_due() {
  if (state_.step == state_.evaluated_step || (!at_epoch_end() && !complete())) return;
  MetricsRow row = new_row();
  std::map<std::string, Evaluation> evaluations;
  for (const Split& split : {splits_.source_test, splits_.target}) {
    tell_peers({Command::kEvaluate, split == splits_.target});
    auto evaluation = evaluate(learner_.network, split, device_,
                               evaluate_options(config_, split == splits_.target, peers_),
                               [this] { return stop_wanted(); });
    if (!evaluation) return;  // done again when the run goes on
    const nlohmann::ordered_json figures = to_json(*evaluation);
    row["accuracy." + split->name()] = evaluation->accuracy();
    row["per_class." + split->name()] = figures.at("per_class");
    row["confusion." + split->name()] = figures.at("confusion");
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
    store_->save_best(
        saved_state(capture_model(head(), learner_, capture_memory_->take()), capture_memory_));
  }
  write_report(evaluations);
  watch_.restart(feed_->waited());
}

void TrainingRun::write_report(const std::map<std::string, Evaluation>& evaluations) {
  files_->put("report.html",
              report_page({folder_.name(), config_, manifest_, splits_, log_->curves(), evaluations,
                           head().state, epoch_steps_, total_steps_}));
}

void TrainingRun::save_if_due() {
  store_->rethrow();
  if (saved_ && saved_->step == state_.step && saved_->evaluated_step == state_.evaluated_step)
    return;
  if (state_.step == 0) return;
  const bool by_steps = config_.save_every.steps > 0;
  const bool due = by_steps ? state_.step % config_.save_every.steps == 0
                            : Clock::now() - saved_at_ >= config_.save_every.time;
  if (due || at_epoch_end() || complete()) save();
}

void TrainingRun::save() {
  require_convergence();
  state_.seconds = seconds();
  log_->rotate();
  store_->save(state_.step, state_.seconds,
               saved_state(capture_checkpoint(head(), learner_, losses_, capture_memory_->take()),
                           capture_memory_));
  saved_ = state_;
  saved_at_ = Clock::now();
  watch_.restart(feed_->waited());
}

void TrainingRun::require_convergence() const {
  if (learner_.scaler) learner_.scaler->require_use();
  if (losses_.empty()) return;
  if (const auto divergence = losses_.divergence(state_.step)) {
    throw diverged_error(*divergence, learner_.method, splits_, config_);
  }
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

void TrainingRun::tell_peers(const Command& command) {
  if (!peers_->alone()) peers_stop_ |= exchange(*peers_, command).others_stop;
}

bool TrainingRun::stop_wanted() const {
  if (stop_signal() != 0 || peers_stop_) return true;
  return state_.step != first_step_ &&  // each process gets one step further at least
         limit_.is_near(Clock::now(), store_->longest_save(), longest_step_);
}

void TrainingRun::stop_if_asked() {
  if (!stop_wanted()) return;
  if (complete() && state_.evaluated_step == state_.step)
    return;  // there is nothing left to go on with
  if (state_.step > 0 && (!saved_ || saved_->step != state_.step)) save();
  const bool all = store_->finish(patience());
  const std::string next = (all ? std::string("the state is saved") : unfinished()) +
                           "; run the same line with --resume to go on";
  try {
    throw_if_stopped(next.c_str());
    if (peers_stop_)
      throw Error(ErrorKind::kTerminated,
                  fmt::format("stopped by a signal to another process; {}", next));
    throw Error(ErrorKind::kTimeLimit,
                fmt::format("stopped at the time limit after {} of {} steps; {}", state_.step,
                            total_steps_, next));
  } catch (const Error& reason) {
    tell_peers({Command::kEnd, reason.exit_code()});
    throw;
  }
}

void TrainingRun::bring_home() {
  log_->finish(state_.step);
  if (store_->finish(patience())) return;
  const std::string text =
      fmt::format("all {} steps are done, but {}; run the same line with --resume to try again",
                  state_.step, unfinished());
  throw_if_stopped(text.c_str());
  throw Error(limit_.is_over(Clock::now()) ? ErrorKind::kTimeLimit : ErrorKind::kFailed, text);
}

std::function<bool()> TrainingRun::patience() const {
  return [this, from = Clock::now()] {
    return Clock::now() >= limit_.end_of_wait(from, stop_signal() != 0 || peers_stop_);
  };
}

std::string TrainingRun::unfinished() const {
  const Safety safety = store_->safety();
  std::string text = fmt::format(
      "{} does not take the newest state{}{}; {}", folder_.path().string(),
      safety.trouble.empty() ? "" : ": ", safety.trouble,
      safety.local ? fmt::format("it waits on this machine, in {}", folder_.local().path.string())
                   : "it is lost, and the one before it holds");
  if (safety.silent) {  // the thread that waits can't be killed either
    text += fmt::format(
        "; its drive has not answered for {}, and the system keeps this process until the drive "
        "answers or is unmounted",
        format_duration(Clock::now() - *safety.silent));
  }
  return text;
}

void TrainingRun::summarise(nlohmann::ordered_json& report) {
  tell_peers({Command::kEnd, 0});
  const std::string checkpoint = folder_.checkpoint(state_.step).string();
  line_.say(fmt::format("done: {} steps in {}; checkpoint {}, report {}", format_count(state_.step),
                        format_duration(std::chrono::duration<double>(seconds())), checkpoint,
                        folder_.report().string()));
  if (folder_.path().string().starts_with(kColabDrive)) {
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
  const Safety safety = store_->safety();
  const auto age = [](const std::optional<Clock::time_point>& time, double otherwise) {
    return time ? seconds_since(*time) : otherwise;
  };
  shown_.since_safe = age(safety.safe, -1);
  shown_.silent = age(safety.silent, 0);
  if (shown_.silent < kSilence) shown_.silent = 0;
  const bool waits = shown_.silent > 0 || !safety.trouble.empty();
  shown_.since_local = waits ? age(safety.local, -1) : -1;
  return progress_text(shown_);
}

}  // namespace rod
