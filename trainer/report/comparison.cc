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
#include "trainer/report/html.h"
#include "trainer/report/line_chart.h"
#include "trainer/report/selection.h"
#include "trainer/report/style.h"

namespace rod::trainer {
namespace {

std::string points(const Spread& spread) {
  return spread.deviation
             ? fmt::format("{:.1f} ± {:.1f}%", 100 * spread.mean, 100 * *spread.deviation)
             : fmt::format("{:.1f}%", 100 * spread.mean);
}

std::string seeds_of(const ComparedMethod& method, const std::vector<ComparedRun>& runs) {
  std::string seeds;
  for (const std::size_t run : method.runs)
    seeds += fmt::format("{}{}", seeds.empty() ? "" : ", ", runs[run].seed);
  return seeds;
}

// Mean over the method's runs of one class's accuracy; absent where none has a pair of it.
std::optional<double> class_mean(const ComparedMethod& method, const std::vector<ComparedRun>& runs,
                                 const std::string& name) {
  std::vector<double> values;
  for (const std::size_t run : method.runs) {
    const auto& classes = runs[run].classes;
    const auto at = std::size_t(std::find(classes.begin(), classes.end(), name) - classes.begin());
    if (at < classes.size() && at < runs[run].per_class.size() && runs[run].per_class[at])
      values.push_back(*runs[run].per_class[at]);
  }
  if (values.empty()) return std::nullopt;
  return spread_of(values).mean;
}

std::string class_table(const std::vector<ComparedMethod>& methods,
                        const std::vector<ComparedRun>& runs) {
  const auto before =
      std::find_if(methods.begin(), methods.end(),
                   [](const ComparedMethod& method) { return method.method == "source-only"; });
  if (before == methods.end() || methods.size() < 2) return "";
  std::string table = "<tr><th>class</th><td>source-only</td>";
  for (const ComparedMethod& method : methods) {
    if (&method != &*before) table += fmt::format("<td>{}</td>", escape_html(method.method));
  }
  table += "</tr>\n";
  for (const std::string& name : runs[before->runs.front()].classes) {
    const auto without = class_mean(*before, runs, name);
    if (!without) continue;
    table += fmt::format("<tr><th>{}</th><td>{:.1f}%</td>", escape_html(name), 100 * *without);
    for (const ComparedMethod& method : methods) {
      if (&method == &*before) continue;
      const auto with = class_mean(method, runs, name);
      table +=
          with ? fmt::format("<td>{:.1f}% ({:+.1f})</td>", 100 * *with, 100 * (*with - *without))
               : "<td></td>";
    }
    table += "</tr>\n";
  }
  return fmt::format(
      "<section class=\"card\"><h2>Accuracy by class before and after adaptation</h2>\n<p "
      "class=\"soft\">Means over the runs of a method; in parentheses the points gained over "
      "source-only.</p>\n<table>\n{}</table>\n</section>\n",
      table);
}

// Throws BadInput unless the row has the accuracies by class of `split`.
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
    throw BadInput(
        fmt::format("{}: holds no run; give the --logdir of one that has saved a "
                    "checkpoint",
                    folder.string()));
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
    if (found == methods.end()) found = methods.insert(found, {runs[run].method, {}, {}, {}, {}});
    found->runs.push_back(run);
  }
  for (ComparedMethod& method : methods) {
    std::vector<double> last, best, unlabelled;
    for (const std::size_t run : method.runs) {
      last.push_back(runs[run].last);
      best.push_back(runs[run].best);
      if (runs[run].unlabelled) unlabelled.push_back(*runs[run].unlabelled);
    }
    method.last = spread_of(last);
    method.best = spread_of(best);
    if (unlabelled.size() == last.size()) method.unlabelled = spread_of(unlabelled);
  }
  return methods;
}

nlohmann::ordered_json comparison_json(const std::vector<ComparedRun>& runs) {
  const auto spread_json = [](const Spread& spread) {
    nlohmann::ordered_json json{{"mean", spread.mean}};
    if (spread.deviation) json["deviation"] = *spread.deviation;
    return json;
  };
  nlohmann::ordered_json json{{"target", runs.front().target}};
  for (const ComparedMethod& method : by_method(runs)) {
    nlohmann::ordered_json one{{"method", method.method}, {"runs", method.runs.size()}};
    one["last"] = spread_json(method.last);
    if (method.unlabelled) one["best_unlabelled"] = spread_json(*method.unlabelled);
    one["best"] = spread_json(method.best);
    json["methods"].push_back(std::move(one));
  }
  for (const ComparedRun& run : runs) {
    json["runs"].push_back({{"run", run.name},
                            {"method", run.method},
                            {"seed", run.seed},
                            {"last", run.last},
                            {"best", run.best}});
  }
  return json;
}

std::string comparison_text(const std::vector<ComparedRun>& runs) {
  std::string text = fmt::format("{:<20} {:<12} {:>16} {:>16} {:>16}\n", "method", "seeds",
                                 "last epoch", "without labels", "oracle");
  for (const ComparedMethod& method : by_method(runs)) {
    text += fmt::format("{:<20} {:<12} {:>16} {:>16} {:>16}\n", method.method,
                        seeds_of(method, runs), points(method.last),
                        method.unlabelled ? points(*method.unlabelled) : "", points(method.best));
  }
  return text;
}

std::string comparison_page(const std::vector<ComparedRun>& runs) {
  const std::vector<ComparedMethod> methods = by_method(runs);
  std::string rows =
      "<tr><th>method</th><td>seeds</td><td>last epoch</td><td>chosen without labels</td>"
      "<td>chosen with the target's labels (oracle)</td></tr>\n";
  for (const ComparedMethod& method : methods) {
    rows += fmt::format("<tr><th>{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                        escape_html(method.method), seeds_of(method, runs), points(method.last),
                        method.unlabelled ? points(*method.unlabelled) : "", points(method.best));
  }
  std::vector<Curve> curves;
  for (const ComparedRun& run : runs) {
    for (Curve& curve : run.curves.with_prefix("accuracy.")) {
      if (curve.name != run.target) continue;
      curve.name = fmt::format("{} (seed {})", run.method, run.seed);
      curves.push_back(std::move(curve));
    }
  }
  const std::string target = escape_html(runs.front().target);
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>Comparison on {0}</title><style>{1}</style></head>\n<body><main>\n"
      "<h1>Comparison on {0}</h1>\n<p class=\"soft\">{2} runs of {3} methods.</p>\n"
      "<section class=\"card\"><h2>Accuracy on {0}</h2>\n<p class=\"soft\">Mean and sample "
      "standard "
      "deviation over the seeds.</p>\n<table>\n{4}</table>\n</section>\n"
      "<section class=\"card\"><h2>Accuracy over the run</h2>\n{5}</section>\n{6}"
      "</main></body></html>\n",
      target, kReportStyle, runs.size(), methods.size(), rows, line_chart(curves, {"step", true}),
      class_table(methods, runs));
}

}  // namespace rod::trainer
