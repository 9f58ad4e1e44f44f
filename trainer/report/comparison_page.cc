// The comparison of runs as JSON, as a table for a terminal, and as a page.
#include <fmt/format.h>

#include <algorithm>

#include "trainer/report/comparison.h"
#include "trainer/report/html.h"
#include "trainer/report/line_chart.h"
#include "trainer/report/style.h"

namespace rod::trainer {
namespace {

std::string points(const Spread& spread) {
  return spread.deviation
             ? fmt::format("{:.1f} ± {:.1f}%", 100 * spread.mean, 100 * *spread.deviation)
             : fmt::format("{:.1f}%", 100 * spread.mean);
}

std::string figure(const std::optional<Spread>& spread) {
  if (!spread) return "";
  return spread->deviation ? fmt::format("{:.2f} ± {:.2f}", spread->mean, *spread->deviation)
                           : fmt::format("{:.2f}", spread->mean);
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
      "source-only.</p>\n<div class=\"scroll\"><table "
      "class=\"wide\">\n{}</table></div>\n</section>\n",
      table);
}

// The pictures of each method's first run that has features.
std::string feature_cards(const std::vector<ComparedMethod>& methods,
                          const std::vector<ComparedRun>& runs) {
  std::string cards;
  for (const ComparedMethod& method : methods) {
    const auto shown = std::find_if(method.runs.begin(), method.runs.end(), [&](std::size_t run) {
      return runs[run].features.has_value();
    });
    if (shown == method.runs.end()) continue;
    const ComparedRun& run = runs[*shown];
    cards += fmt::format(
        "<section class=\"card\"><h2>Features of {}</h2>\n<p class=\"soft\">Seed {}; proxy "
        "A-distance {:.2f}.</p>\n{}</section>\n",
        escape_html(run.method), run.seed, *run.domain_distance, feature_pictures(*run.features));
  }
  return cards;
}

}  // namespace

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
    if (method.domain_distance) one["proxy_a_distance"] = spread_json(*method.domain_distance);
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
  const std::vector<ComparedMethod> methods = by_method(runs);
  std::size_t widest = 20;
  for (const ComparedMethod& method : methods) widest = std::max(widest, method.method.size());
  std::string text = fmt::format("{:<{}} {:<12} {:>16} {:>16} {:>16}\n", "method", widest, "seeds",
                                 "last epoch", "without labels", "oracle");
  for (const ComparedMethod& method : methods) {
    text += fmt::format("{:<{}} {:<12} {:>16} {:>16} {:>16}\n", method.method, widest,
                        seeds_of(method, runs), points(method.last),
                        method.unlabelled ? points(*method.unlabelled) : "", points(method.best));
  }
  return text;
}

std::string comparison_page(const std::vector<ComparedRun>& runs) {
  const std::vector<ComparedMethod> methods = by_method(runs);
  const bool distances = std::any_of(methods.begin(), methods.end(), [](const auto& method) {
    return method.domain_distance.has_value();
  });
  std::string rows = fmt::format(
      "<tr><th>method</th><td>seeds</td><td>last epoch</td><td>chosen without labels</td>"
      "<td>chosen with the target's labels (oracle)</td>{}</tr>\n",
      distances ? "<td>proxy A-distance</td>" : "");
  std::vector<Curve> curves;
  for (const ComparedMethod& method : methods) {
    const std::string seeds = seeds_of(method, runs);
    rows += fmt::format("<tr><th>{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td>{}</tr>\n",
                        escape_html(method.method), seeds, points(method.last),
                        method.unlabelled ? points(*method.unlabelled) : "", points(method.best),
                        distances ? "<td>" + figure(method.domain_distance) + "</td>" : "");
    for (const std::size_t run : method.runs) {
      for (Curve& curve : runs[run].curves.with_prefix("accuracy.")) {
        if (curve.name != runs[run].target) continue;
        curve.name = fmt::format("{} ({} {})", method.method,
                                 method.runs.size() == 1 ? "seed" : "seeds", seeds);
        curves.push_back(std::move(curve));
      }
    }
  }
  const std::string target = escape_html(runs.front().target);
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>Comparison on {0}</title><style>{1}</style></head>\n<body><main>\n"
      "<h1>Comparison on {0}</h1>\n<p class=\"soft\">{2} runs of {3} methods.</p>\n"
      "<section class=\"card\"><h2>Accuracy on {0}</h2>\n<p class=\"soft\">Mean and sample "
      "standard deviation over the seeds.{7}</p>\n<div class=\"scroll\"><table "
      "class=\"wide\">\n{4}</table></div>\n</section>\n"
      "<section class=\"card\"><h2>Accuracy over the run</h2>\n{5}</section>\n{6}{8}"
      "</main></body></html>\n",
      target, kReportStyle, runs.size(), methods.size(), rows, line_chart(curves, {"step", true}),
      class_table(methods, runs),
      distances ? " The proxy A-distance between the features of both domains is 0 where a linear "
                  "classifier can't tell them apart, and 2 where it always can."
                : "",
      feature_cards(methods, runs));
}

}  // namespace rod::trainer
