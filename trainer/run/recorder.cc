#include "trainer/run/recorder.h"

#include <fmt/format.h>

#include <cmath>
#include <ctime>
#include <utility>

#include "base/units.h"
#include "trainer/criteria/criterion.h"
#include "trainer/report/report.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

constexpr double kSilence = 30;  // seconds that a drive may well take for a big file

std::vector<std::string> csv_columns(const TrainConfig& config) {
  std::vector<std::string> columns = {"step", "epoch", "lr"};
  for (const LossSpec& loss : find_method(config.method).losses) columns.push_back(loss.name);
  if (config.clip_grad > 0) columns.push_back(kGradientNorm);
  for (const std::string& split : config.evaluated_splits()) {
    columns.push_back("accuracy." + split);
  }
  columns.insert(columns.end(), {"pairs_per_second", "waited", "time"});
  return columns;
}

}  // namespace

Recorder::Recorder(const RunSetup& setup, const RunFolder& folder,
                   std::shared_ptr<store::SmallFiles> files, const RunState& state,
                   StatusLine& line)
    : setup_(setup),
      folder_(folder),
      files_(std::move(files)),
      line_(line),
      log_(files_, folder, setup.config, state, csv_columns(setup.config)),
      trace_(folder.trace(), trace_settings(setup.config)),
      learning_rate_(setup.config, setup.schedule.epoch_steps()) {
  for (const Curve& curve : log_.curves().with_prefix("accuracy.")) {
    last_accuracy_[curve.name] = curve.points.back().y;
  }
}

void Recorder::announce(const RunState& state, at::ScalarType compute) {
  const TrainConfig& config = setup_.config;
  if (setup_.schedule.out_of_patience(state)) {
    line_.say(
        fmt::format("the run is complete: {} consecutive evaluations were no better; a larger "
                    "--patience continues training",
                    state.stale_evaluations));
    return;
  }
  if (setup_.schedule.trained(state.step)) {
    line_.say(fmt::format("the run is complete: {} of {} steps are done", state.step,
                          setup_.schedule.total_steps()));
    return;
  }
  line_.say(fmt::format(
      "training {} with {} on {} in {}: {}{} pairs, {} epochs of {} steps of {} x {} pairs",
      config.method, config.arch, describe_device(setup_.device),
      describe_arithmetic(setup_.device, compute), format_count(setup_.splits.source_train->size()),
      setup_.splits.target ? " and " + format_count(setup_.splits.target->size()) : "",
      config.epochs, setup_.schedule.epoch_steps(), find_method(config.method).streams.size(),
      config.batch_size));
  if (config.concat_batches == "on") {
    line_.say(
        "a step's minibatches go through the network as one batch; --concat-batches off runs "
        "them one after the other");
  }
  if (config.depth_input != "stored") {
    line_.say(
        fmt::format("16-bit depth becomes {} on the device; --depth-input chooses among "
                    "normals, gray and jet",
                    config.depth_input));
  }
  if (config.ema > 0) {
    line_.say(fmt::format("evaluations and best.safetensors use the averaged weights of --ema {}",
                          config.ema));
  }
}

void Recorder::begin_step(const RunState& state, Learner& learner,
                          const std::vector<Minibatch>& minibatches) {
  log_.show_batch(state.step + 1, learner.method.streams, minibatches);
  if (state.step < setup_.config.trace)
    trace_.begin(state.step + 1, learner.method, learner.network, minibatches);
}

void Recorder::end_step(const RunState& state, Learner& learner, const NamedLosses& losses) {
  if (state.step < setup_.config.trace)
    trace_.end(learner.network, *learner.optimizer, learner.weights, losses);
  watch_.count_step();
}

void Recorder::add_losses(const RunState& state, const LossHistory& losses, double waited) {
  const std::vector<double> means = losses.means();
  MetricsRow row = new_row(state);
  row["lr"] = setup_.config.lr * learning_rate_.factor(state.step - 1);
  shown_.losses.clear();
  for (std::size_t i = 0; i < means.size(); ++i) {
    row[losses.names()[i]] = means[i];
    shown_.losses.emplace_back(losses.names()[i], means[i]);
  }
  // Rates are read only here, after means() has waited for the device: at other times they would
  // show how fast steps are queued.
  shown_.steps_per_second = watch_.steps_per_second();
  shown_.pairs_per_second =
      shown_.steps_per_second *
      double(setup_.config.batch_size * find_method(setup_.config.method).streams.size());
  shown_.waited = watch_.waited_share(waited);
  row["pairs_per_second"] = shown_.pairs_per_second;
  row["waited"] = shown_.waited;
  if (const auto memory = gpu_memory(setup_.device)) {
    shown_.gpu_used = memory->used;
    shown_.gpu_total = memory->total;
  }
  log_.add(row);
  if (setup_.config.sanitycheck) {
    const auto classes = double(setup_.classes());
    line_.say(fmt::format(
        "sanity check: step {}: classification loss {:.4f} on {} classes; guessing has {:.4f}",
        state.step, shown_.losses.front().second, classes, std::log(classes)));
  }
}

void Recorder::add_evaluations(const RunState& state,
                               const std::map<std::string, Evaluation>& evaluations,
                               const std::map<std::string, double>& criteria) {
  MetricsRow row = new_row(state);
  std::string accuracies;
  for (const std::string& split : setup_.config.evaluated_splits()) {
    const Evaluation& evaluation = evaluations.at(split);
    const nlohmann::ordered_json figures = to_json(evaluation);
    row["accuracy." + split] = evaluation.accuracy();
    row["per_class." + split] = figures.at("per_class");
    row["confusion." + split] = figures.at("confusion");
    last_accuracy_[split] = evaluation.accuracy();
    accuracies += fmt::format("{}{} {:.2f}%", accuracies.empty() ? "" : ", ", split,
                              100 * evaluation.accuracy());
  }
  for (const Criterion* criterion : all_criteria()) {
    const auto value = criteria.find(criterion->name);
    if (value != criteria.end()) row[kCriterionPrefix + value->first] = value->second;
  }
  log_.add(row, evaluations);
  line_.say(fmt::format("epoch {}: {}", setup_.schedule.epoch(state.step), accuracies));
}

void Recorder::write_report(const RunState& state,
                            const std::map<std::string, Evaluation>& evaluations) {
  files_->put("report.html",
              report_page({folder_.name(), setup_.config, setup_.manifest, setup_.splits,
                           log_.curves(), evaluations, state, setup_.schedule.epoch_steps(),
                           setup_.schedule.total_steps()}));
}

void Recorder::show_progress(const RunState& state, const store::Safety& safety) {
  shown_.epoch = setup_.schedule.epoch(state.step);
  shown_.epochs = setup_.config.epochs;
  shown_.step = state.step;
  shown_.steps = setup_.schedule.total_steps();
  if (const auto last = last_accuracy_.find(setup_.config.judged_split());
      last != last_accuracy_.end()) {
    shown_.accuracy_of = last->first;
    shown_.accuracy = last->second;
  }
  const auto age = [](const std::optional<Clock::time_point>& time, double otherwise) {
    return time ? seconds_since(*time) : otherwise;
  };
  shown_.since_safe = age(safety.safe, -1);
  shown_.silent = age(safety.silent, 0);
  if (shown_.silent < kSilence) shown_.silent = 0;
  const bool waits = shown_.silent > 0 || !safety.trouble.empty();
  shown_.since_local = waits ? age(safety.local, -1) : -1;
  line_.update(progress_text(shown_));
}

void Recorder::summarise(const RunState& state, nlohmann::ordered_json& report) {
  const std::string checkpoint = folder_.checkpoint(state.step).string();
  if (setup_.schedule.out_of_patience(state) && !setup_.schedule.trained(state.step)) {
    line_.say(fmt::format(
        "stopped early: the last {} evaluations were no better than the best, "
        "{:.2f}% on {}",
        state.stale_evaluations, 100 * state.best_accuracy, setup_.config.judged_split()));
  }
  line_.say(fmt::format("done: {} steps in {}; checkpoint {}, report {}", format_count(state.step),
                        format_duration(std::chrono::duration<double>(state.seconds)), checkpoint,
                        folder_.report().string()));
  if (folder_.path().string().starts_with(kColabDrive)) {
    line_.say(
        "Run drive.flush_and_unmount() in a Python cell before you close the notebook: then "
        "everything is on the drive.");
  }
  report["step"] = state.step;
  report["epoch"] = state.step / setup_.schedule.epoch_steps();
  report["accuracy"] = last_accuracy_;
  report["best_accuracy"] = state.best_accuracy;
  report["seconds"] = state.seconds;
  report["checkpoint"] = checkpoint;
  report["best"] = folder_.best().string();
  report["metrics"] = folder_.metrics_jsonl().string();
  report["report"] = folder_.report().string();
}

MetricsRow Recorder::new_row(const RunState& state) const {
  return {{"step", state.step},
          {"epoch", setup_.schedule.epoch(state.step)},
          {"time", std::time(nullptr)}};
}

}  // namespace rod::trainer
