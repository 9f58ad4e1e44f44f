#include "trainer/report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "base/units.h"
#include "trainer/embedding/embedding.h"
#include "trainer/learning/learning_rate.h"
#include "trainer/methods/method.h"
#include "trainer/report/confusion_chart.h"
#include "trainer/report/domain_features.h"
#include "trainer/report/html.h"
#include "trainer/report/line_chart.h"
#include "trainer/report/selection.h"
#include "trainer/report/style.h"
#include "trainer/report/worst_classes.h"

namespace rod::trainer {
namespace {

constexpr std::size_t kWorstClasses = 6, kMistakes = 6, kNamedAnswers = 3;

std::string percent(double share) {
  return fmt::format("{:.1f}%", 100 * share);
}

std::string card(const std::string& heading, const std::string& remark, const std::string& body) {
  return fmt::format(
      "<section class=\"card\"><h2>{}</h2>\n{}{}</section>\n", escape_html(heading),
      remark.empty() ? "" : fmt::format("<p class=\"soft\">{}</p>\n", escape_html(remark)), body);
}

std::string figure(const std::string& value, const std::string& label, const char* kind = "") {
  return fmt::format("<div class=\"{}\"><b>{}</b><span>{}</span></div>\n", kind, escape_html(value),
                     escape_html(label));
}

std::string row(const std::string& name, const std::string& value) {
  return fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", escape_html(name), escape_html(value));
}

// By epoch instead of by step.
std::vector<Curve> by_epoch(std::vector<Curve> curves, std::uint64_t epoch_steps) {
  for (Curve& curve : curves) {
    for (Point& point : curve.points) point.x /= double(epoch_steps);
  }
  return curves;
}

bool is_stopped_early(const ReportFacts& facts) {
  return facts.config.patience > 0 && facts.state.stale_evaluations >= facts.config.patience;
}

bool is_done(const ReportFacts& facts) {
  return facts.state.step >= facts.total_steps || is_stopped_early(facts);
}

std::string heading(const ReportFacts& facts) {
  const bool stopped_early = is_stopped_early(facts), done = is_done(facts);
  return fmt::format(
      "<h1>{}</h1>\n<p class=\"soft\">Method {} with {}, from {}{}. {} {} of {} epochs.</p>\n",
      escape_html(facts.run), escape_html(facts.config.method), escape_html(facts.config.arch),
      escape_html(facts.config.source),
      facts.config.target.empty() ? "" : " to " + escape_html(facts.config.target),
      stopped_early ? "Stopped early after"
      : done        ? "Finished after"
                    : "In progress:",
      fmt::format("{:.3g}", double(facts.state.step) / double(facts.epoch_steps)),
      facts.config.epochs);
}

std::string key_figures(const ReportFacts& facts) {
  const std::string judged = facts.config.judged_split();
  const char* role = facts.config.target.empty() ? "source" : "target";
  std::string text = figure(percent(facts.evaluations.at(judged).accuracy()),
                            fmt::format("accuracy on {} ({})", judged, role), "main");
  text += figure(percent(facts.state.best_accuracy),
                 fmt::format("best on {} so far, selected with its labels", judged));
  if (const std::string source = facts.config.source_test(); !source.empty() && source != judged) {
    text += figure(percent(facts.evaluations.at(source).accuracy()),
                   fmt::format("accuracy on {}", source));
  }
  text += figure(format_duration(std::chrono::duration<double>(facts.state.seconds)),
                 fmt::format("for {} steps", format_count(facts.state.step)));
  for (const Curve& speed : facts.curves.with_prefix("pairs_per_second")) {
    text += figure(fmt::format("{:.0f}", speed.points.back().y), "recent pairs per second");
  }
  return fmt::format("<div class=\"figures\">\n{}</div>\n", text);
}

std::string accuracy_remark(const TrainConfig& config) {
  return config.ema > 0 ? fmt::format("Of the averaged weights, --ema {}.", config.ema) : "";
}

std::string charts(const ReportFacts& facts) {
  const auto chart = [&](const char* prefix, bool shares) {
    std::vector<Curve> curves = by_epoch(facts.curves.with_prefix(prefix), facts.epoch_steps);
    if (curves.size() == 1 && curves[0].name.empty()) curves[0].name = prefix;
    return line_chart(curves, {"epoch", shares});
  };
  std::string cards = card("Accuracy", accuracy_remark(facts.config), chart("accuracy.", true)) +
                      card("Losses", "", chart("loss.", false));
  if (!LearningRate(facts.config, facts.epoch_steps).constant()) {
    cards += card("Learning rate", "Of the backbones; the heads have it times --lr-mult.",
                  chart("lr", false));
  }
  if (facts.config.clip_grad > 0) {
    cards += card("Gradient norm",
                  fmt::format("Before clipping to {}, of all gradients.", facts.config.clip_grad),
                  chart(kGradientNorm, false));
  }
  return fmt::format("<div class=\"two\">\n{}</div>\n", cards);
}

// One bar per class, best first; a mark where the source's accuracy is. `source` may be null.
std::string class_bars(const Evaluation& target, const Evaluation* source,
                       const std::vector<std::string>& classes) {
  std::vector<std::size_t> labels;
  for (std::size_t label = 0; label < classes.size(); ++label) {
    if (target.accuracy(label)) labels.push_back(label);
  }
  std::stable_sort(labels.begin(), labels.end(), [&](std::size_t a, std::size_t b) {
    return *target.accuracy(a) > *target.accuracy(b);
  });
  std::string bars;
  for (const std::size_t label : labels) {
    const auto mark = source == nullptr ? std::nullopt : source->accuracy(label);
    bars += fmt::format(
        "<div class=\"bar\"><em>{}</em><u><i style=\"width:{:.1f}%\"></i>{}</u><b>{}</b><span>of "
        "{}</span></div>\n",
        escape_html(classes[label]), 100 * *target.accuracy(label),
        mark ? fmt::format("<s style=\"left:calc({:.1f}% - 1px)\"></s>", 100 * *mark) : "",
        percent(*target.accuracy(label)), format_count(target.samples(label)));
  }
  return fmt::format("<div class=\"bars\">\n{}</div>\n", bars);
}

std::string mistaken_for(const WorstClass& worst, const std::vector<std::string>& classes,
                         double samples) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kNamedAnswers, worst.answers.size()); ++i) {
    const auto& [answer, count] = worst.answers[i];
    text += fmt::format("{}{} ({:.0f}%)", i == 0 ? "" : ", ", classes[answer],
                        100 * double(count) / samples);
  }
  return text;
}

std::string worst_pictures(const Evaluation& evaluation, const shard::SplitReader& split,
                           DepthInput depth_input, const std::vector<std::string>& classes) {
  std::string text;
  for (const WorstClass& worst : worst_classes(evaluation, split, kWorstClasses, kMistakes)) {
    std::string pairs;
    for (const Mistake& mistake : worst.mistakes) {
      const Thumbnails thumbnails = read_thumbnails(split, mistake.sample, depth_input);
      const auto image = [](const Picture& picture, const char* what) {
        return picture.rgb.empty()
                   ? ""
                   : fmt::format("<img src=\"{}\" alt=\"{}\">", data_url(picture), what);
      };
      pairs += fmt::format("<figure title=\"{}\">{}{}{}</figure>\n",
                           escape_html(split.key(mistake.sample)), image(thumbnails.rgb, "colour"),
                           image(thumbnails.depth, "depth"), escape_html(classes[mistake.answer]));
    }
    text += fmt::format(
        "<div><h3>{} <span class=\"soft\">{} correct of {}</span></h3>\n<p "
        "class=\"soft\">Predicted as "
        "{}</p>\n"
        "<div class=\"pairs\">\n{}</div></div>\n",
        escape_html(classes[worst.label]), percent(worst.accuracy),
        format_count(evaluation.samples(worst.label)),
        escape_html(mistaken_for(worst, classes, double(evaluation.samples(worst.label)))), pairs);
  }
  if (text.empty()) return "<p>Every prediction is correct.</p>";
  return fmt::format("<div class=\"worst\">\n{}</div>\n", text);
}

// The samples whose features an evaluation has kept.
SplitFeatures kept_features(const Evaluation& evaluation, const Split& split) {
  SplitFeatures features{split->name(), evaluation.features.to(torch::kDouble), {}};
  const std::int64_t* number = evaluation.featured.data_ptr<std::int64_t>();
  for (std::int64_t n = 0; n < evaluation.featured.size(0); ++n)
    features.labels.push_back(split->label(static_cast<std::uint64_t>(number[n])));
  return features;
}

// Of a run that is done: t-SNE takes seconds. Empty without a target.
std::string feature_card(const ReportFacts& facts) {
  const Split &source = facts.splits.source_test, &target = facts.splits.target;
  if (!is_done(facts) || !source || !target) return "";
  const auto kept = [&](const Split& split) {
    const auto found = facts.evaluations.find(split->name());
    return found != facts.evaluations.end() && found->second.features.defined() &&
           found->second.features.size(0) >= kFewestFeatures;
  };
  if (!kept(source) || !kept(target)) return "";
  const DomainFeatures features{kept_features(facts.evaluations.at(source->name()), source),
                                kept_features(facts.evaluations.at(target->name()), target),
                                facts.manifest.classes};
  const double distance = proxy_a_distance(features.source.rows, features.target.rows);
  return card("Features of both domains",
              fmt::format("Proxy A-distance {:.2f}: 0 where a linear classifier can't tell the "
                          "domains apart, 2 where it always can. Evenly spaced samples: {} of {}, "
                          "{} of {}.",
                          distance, features.source.labels.size(), source->name(),
                          features.target.labels.size(), target->name()),
              feature_pictures(features));
}

std::string configuration(const TrainConfig& config) {
  std::string rows;
  const nlohmann::ordered_json options = result_options(config);
  for (const auto& [name, value] : options.items()) {
    if (value.is_array() && value.empty()) continue;
    rows += row("--" + name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  rows += row("--epochs", std::to_string(config.epochs));
  if (config.max_steps > 0) rows += row("--max-steps", std::to_string(config.max_steps));
  if (config.test_batches > 0) rows += row("--test-batches", std::to_string(config.test_batches));
  return "<table>\n" + rows + "</table>\n";
}

std::string data_set(const ReportFacts& facts) {
  const shard::Manifest& manifest = facts.manifest;
  std::string rows = row("fingerprint", manifest.fingerprint);
  rows += row("layout", manifest.layout);
  rows += row("images", fmt::format("{} × {} pixels, stored as {}", manifest.pixels.width,
                                    manifest.pixels.height, shard::codec_name(manifest.codec)));
  rows += row("classes", std::to_string(manifest.classes.size()));
  for (const Split& split :
       {facts.splits.source_train, facts.splits.source_test, facts.splits.target})
    if (split) rows += row(split->name(), format_count(split->size()) + " pairs");
  return "<table>\n" + rows + "</table>\n";
}

std::string footer() {
  const std::time_t now = std::time(nullptr);
  char text[32] = "";
  std::tm utc{};
  if (::gmtime_r(&now, &utc)) std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &utc);
  return fmt::format(
      "<footer>Written by rodtrain {} on {}. Its figures are in metrics.csv, every option in "
      "config.toml beside this page.</footer>\n",
      ROD_VERSION, text);
}

}  // namespace

std::string report_page(const ReportFacts& facts) {
  const std::vector<std::string>& classes = facts.manifest.classes;
  const std::string judged = facts.config.judged_split(), source = facts.config.source_test();
  const Evaluation& answers = facts.evaluations.at(judged);
  const bool compared = !source.empty() && source != judged;
  std::string page = heading(facts) + key_figures(facts) + charts(facts);
  if (const std::string choice =
          selection_section(facts.curves, facts.config.target, facts.epoch_steps);
      !choice.empty()) {
    page += card("Choice of the epoch without labels",
                 fmt::format("best_unlabelled.safetensors is chosen by {} (--select), which does "
                             "not see the labels of {}. Curves are shown as shares of their "
                             "largest values.",
                             facts.config.select, facts.config.target),
                 choice);
  }
  page += card(fmt::format("Confusion on {}", judged),
               "One row per class, one column per prediction. Correct predictions are blue, wrong "
               "ones red; the stronger the colour, the larger the share of the class.",
               confusion_chart(answers, classes));
  page += card(
      fmt::format("Accuracy by class on {}", judged),
      compared ? fmt::format("The orange mark shows the accuracy of the same class on {}.", source)
               : "",
      class_bars(answers, compared ? &facts.evaluations.at(source) : nullptr, classes));
  page += feature_card(facts);
  const Split& pictured = facts.splits.target ? facts.splits.target : facts.splits.source_test;
  page += card(
      "Worst classes",
      pictured->pixels().has_rgb() && pictured->pixels().has_depth()
          ? "Some misclassified pairs, colour above depth, with the predicted class."
          : "Some misclassified images, with the predicted class.",
      worst_pictures(answers, *pictured, depth_input_from_name(facts.config.depth_input), classes));
  page += fmt::format("<div class=\"two\">\n{}{}</div>\n",
                      card("Configuration", "", configuration(facts.config)),
                      card("Data set", "", data_set(facts)));
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title><style>{}</style></head>\n<body><main>\n{}{}</main></body></html>\n",
      escape_html(facts.run), kReportStyle, page, footer());
}

}  // namespace rod::trainer
