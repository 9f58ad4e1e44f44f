#include "trainer/log/run_log.h"

#include <ctime>
#include <utility>

#include "trainer/pictures/pictures.h"
#include "trainer/tensorboard/event_messages.h"

namespace rod::trainer {
namespace {

bool is_evaluation(const MetricsRow& row) {
  return !row.contains("lr");
}

// Lines of steps and of evaluations that the state doesn't know of will be written again.
auto known_to(const RunState& state) {
  return [state](const MetricsRow& row) {
    const auto step = row.find("step");
    return step != row.end() && step->is_number_unsigned() &&
           step->get<std::uint64_t>() <= (is_evaluation(row) ? state.evaluated_step : state.step);
  };
}

// The first step of which events will be written (again): a state that is not evaluated yet has its
// own step's evaluation still to come.
std::uint64_t first_step(const RunState& state) {
  return state.step == state.evaluated_step ? state.step + 1 : state.step;
}

// "loss.rot_source" -> "loss/rot_source", which TensorBoard puts under the heading "loss".
std::string tag_of(std::string name) {
  const auto dot = name.find('.');
  if (dot != std::string::npos) name[dot] = '/';
  return name;
}

// A markdown table.
std::string options_table(const nlohmann::ordered_json& options) {
  std::string text = "| option | value |\n|---|---|\n";
  for (const auto& [name, value] : options.items()) {
    text += "| --" + name + " | " + (value.is_string() ? value.get<std::string>() : value.dump()) +
            " |\n";
  }
  return text;
}

// The one that a run is judged by first.
std::vector<std::string> accuracy_tags(const TrainConfig& config) {
  const std::vector<std::string> splits = config.evaluated_splits();
  std::vector<std::string> tags;
  for (auto split = splits.rbegin(); split != splits.rend(); ++split) {
    tags.push_back(tag_of("accuracy." + *split));
  }
  return tags;
}

}  // namespace

RunLog::RunLog(std::shared_ptr<store::SmallFiles> files, const RunFolder& folder,
               const TrainConfig& config, const RunState& state,
               std::vector<std::string> csv_columns)
    : metrics_(files, {folder.path(), folder.local().path}, std::move(csv_columns),
               known_to(state)),
      events_(files, {folder.path(), folder.local().path}, first_step(state)) {
  const nlohmann::ordered_json options = result_options(config);
  if (events_.fresh()) {
    std::vector<std::string> values = hyperparameter_values(
        double(std::time(nullptr)), folder.name(), options, accuracy_tags(config));
    values.push_back(text_value("options", options_table(options)));
    events_.add(0, values);
  }
  for (const MetricsRow& row : metrics_.take_kept()) {
    curves_.add(row);
    // Readers forget the whole of a step, also what stays true of it.
    if (row.at("step") == first_step(state)) add_events(row);
  }
}

void RunLog::add(const MetricsRow& row) {
  metrics_.add(row);
  curves_.add(row);
  add_events(row);
}

void RunLog::add(const MetricsRow& row, const std::map<std::string, Evaluation>& evaluations) {
  add(row);
  std::vector<std::string> values;
  for (const auto& [split, evaluation] : evaluations) {
    values.push_back(image_value("confusion/" + split, confusion_picture(evaluation.confusion)));
  }
  events_.add(row.at("step"), values);
  batch_is_due_ = true;
}

void RunLog::add_events(const MetricsRow& row) {
  std::vector<std::string> values;
  for (const auto& [name, value] : row.items()) {
    if (name == "step" || name == "epoch" || name == "time" || !value.is_number()) continue;
    values.push_back(scalar_value(tag_of(name), value.get<double>()));
  }
  events_.add(row.at("step"), values);
}

void RunLog::show_batch(std::uint64_t step, const std::vector<StreamSpec>& streams,
                        const std::vector<Minibatch>& minibatches) {
  if (!batch_is_due_) return;
  std::vector<std::string> values;
  for (std::size_t s = 0; s < streams.size(); ++s) {
    values.push_back(
        image_value(std::string("batch/") + streams[s].name, batch_picture(minibatches[s])));
  }
  events_.add(step, values);
  batch_is_due_ = false;
}

void RunLog::finish(std::uint64_t step) {
  if (!events_.used()) return;
  events_.add(step, {session_end_value(double(std::time(nullptr)))});
  rotate();
}

}  // namespace rod::trainer
