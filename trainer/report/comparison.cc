#include "trainer/report/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <sstream>

#include "base/error.h"
#include "io/file.h"
#include "trainer/checkpoint/run_folder.h"
#include "trainer/embedding/embedding.h"
#include "trainer/learning/evaluate.h"
#include "trainer/report/selection.h"

namespace rod::trainer {
namespace {

constexpr const char* kFeaturesFile = "features.safetensors";  // of eval --save-features

// The accuracies by class of `split`; empty if the row has none.
std::vector<std::optional<double>> per_class_of(const MetricsRow& row, const std::string& split) {
  std::vector<std::optional<double>> values;
  const auto found = row.find("per_class." + split);
  if (found == row.end() || !found->is_array()) return values;
  for (const auto& value : *found)
    values.push_back(value.is_number() ? std::optional(value.get<double>()) : std::nullopt);
  return values;
}

}  // namespace

ComparedRun read_run(const std::filesystem::path& folder) {
  const std::filesystem::path metrics = folder / "metrics.jsonl";
  const auto head = std::filesystem::is_directory(folder) ? newest_head(folder) : std::nullopt;
  if (!head || !std::filesystem::exists(metrics)) {
    throw BadInput(fmt::format(
        "{}: holds no run; give the --logdir of one that has saved a checkpoint", folder.string()));
  }
  const TrainConfig config = config_from_options(head->options, folder.string());
  ComparedRun run;
  run.name = folder.string();
  run.method = config.method;
  run.target = config.judged_split();
  run.seed = config.seed;
  run.options = head->options;
  for (const char* name : {"seed", "select"}) run.options.erase(name);
  run.classes = head->class_names;
  std::istringstream lines(io::read_file(metrics));
  for (std::string line; std::getline(lines, line);) {
    const MetricsRow row = MetricsRow::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!row.is_object() || !row.contains("step") || !row["step"].is_number_unsigned()) continue;
    run.curves.add(row);
    if (auto values = per_class_of(row, run.target); !values.empty())
      run.per_class = std::move(values);
  }
  if (const auto file = folder / kFeaturesFile;
      !config.target.empty() && std::filesystem::exists(file)) {
    run.features = read_domain_features(file, config.source_test(), run.target, kFeaturedSamples);
    run.domain_distance = proxy_a_distance(run.features->source.rows, run.features->target.rows);
  }
  const std::vector<Choice> all = choices(run.curves, run.target);
  for (const Curve& curve : run.curves.with_prefix("accuracy.")) {
    if (curve.name != run.target) continue;
    run.last = curve.points.back().y;
    for (const Point& point : curve.points) run.best = std::max(run.best, point.y);
    for (const Choice& choice : all) {
      if (choice.by == config.select) run.unlabelled = choice.accuracy;
    }
    return run;
  }
  throw BadInput(fmt::format("{}: has no accuracy on {} yet; let it finish an epoch first",
                             metrics.string(), run.target));
}

void label_methods(std::vector<ComparedRun>& runs) {
  std::map<std::string, nlohmann::json> first;  // options by method
  for (ComparedRun& run : runs) {
    const nlohmann::json& expected = first.emplace(run.method, run.options).first->second;
    for (const auto& [name, value] : run.options.items()) {
      if (expected.value(name, nlohmann::json()) == value) continue;
      run.method += fmt::format(" --{} {}", name,
                                value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
}

Spread spread_of(const std::vector<double>& values) {
  const auto count = double(values.size());
  Spread spread{std::accumulate(values.begin(), values.end(), 0.) / count, {}};
  if (values.size() < 2) return spread;
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  spread.deviation = std::sqrt(squares / (count - 1));
  return spread;
}

std::vector<ComparedMethod> by_method(const std::vector<ComparedRun>& runs) {
  std::vector<ComparedMethod> methods;
  for (std::size_t run = 0; run < runs.size(); ++run) {
    auto found = std::find_if(methods.begin(), methods.end(), [&](const ComparedMethod& method) {
      return method.method == runs[run].method;
    });
    if (found == methods.end())
      found = methods.insert(found, {runs[run].method, {}, {}, {}, {}, {}});
    found->runs.push_back(run);
  }
  for (ComparedMethod& method : methods) {
    std::vector<double> last, best, unlabelled, distances;
    for (const std::size_t run : method.runs) {
      last.push_back(runs[run].last);
      best.push_back(runs[run].best);
      if (runs[run].unlabelled) unlabelled.push_back(*runs[run].unlabelled);
      if (runs[run].domain_distance) distances.push_back(*runs[run].domain_distance);
    }
    method.last = spread_of(last);
    method.best = spread_of(best);
    if (unlabelled.size() == last.size()) method.unlabelled = spread_of(unlabelled);
    if (distances.size() == last.size()) method.domain_distance = spread_of(distances);
  }
  return methods;
}

}  // namespace rod::trainer
