#include "trainer/report/domain_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "base/error.h"
#include "shard/safetensors_file.h"
#include "trainer/embedding/embedding.h"
#include "trainer/report/html.h"
#include "trainer/report/scatter_chart.h"
#include "trainer/tensor/evenly_spaced.h"
#include "trainer/tensor/tensor_io.h"

namespace rod::trainer {
namespace {

constexpr const char *kSourceColour = "#d9622b", *kTargetColour = "#3b82c4";

SplitFeatures read_split(const shard::SafetensorsFile& file, const std::string& split,
                         std::int64_t most) {
  const auto refuse = [&](const std::string& found) {
    throw BadInput(fmt::format(
        "{}: {}; write it again with rodtrain eval CHECKPOINT --data DATASET --save-features {}",
        file.path(), found, file.path()));
  };
  for (const char* part : {".features", ".label"}) {
    if (!file.tensors().contains(split + part))
      refuse(fmt::format("has no tensor {}{}", split, part));
  }
  const torch::Tensor rows = read_tensor(file, split + ".features"),
                      labels = read_tensor(file, split + ".label");
  if (rows.dim() != 2 || rows.size(1) < 1 || !rows.is_floating_point() || labels.dim() != 1 ||
      labels.scalar_type() != torch::kLong || labels.size(0) != rows.size(0)) {
    refuse(fmt::format("{0}.features and {0}.label are not [N,F] floats and [N] 64-bit integers",
                       split));
  }
  if (rows.size(0) < kFewestFeatures) {
    refuse(fmt::format("has features of {} samples of {}, where at least {} are needed",
                       rows.size(0), split, kFewestFeatures));
  }
  SplitFeatures features{split, evenly_spaced(rows, most).to(torch::kDouble), {}};
  if (!features.rows.isfinite().all().item<bool>())
    refuse(fmt::format("{}.features has values that are not finite", split));
  const torch::Tensor chosen = evenly_spaced(labels, most);
  const std::int64_t* label = chosen.data_ptr<std::int64_t>();
  features.labels.assign(label, label + chosen.size(0));
  return features;
}

// The usual source if the file has it or no other split but the target, else the first one.
std::string source_in(const shard::SafetensorsFile& file, const std::string& usual,
                      const std::string& target) {
  constexpr std::string_view kEnding = ".features";
  if (file.tensors().contains(usual + std::string(kEnding))) return usual;
  for (const auto& [name, view] : file.tensors()) {
    if (!name.ends_with(kEnding)) continue;
    const std::string split = name.substr(0, name.size() - kEnding.size());
    if (split != target) return split;
  }
  return usual;
}

// By label; empty names where the file does not tell them.
std::vector<std::string> class_names(const shard::SafetensorsFile& file) {
  const auto found = file.metadata().find("class_names");
  if (found == file.metadata().end()) return {};
  const auto names = nlohmann::json::parse(found->second, nullptr, /*allow_exceptions=*/false);
  if (!names.is_array()) return {};
  std::vector<std::string> classes;
  for (const auto& name : names) {
    if (!name.is_string()) return {};
    classes.push_back(name.get<std::string>());
  }
  return classes;
}

// The places of the source's samples come first.
Point place_of(const torch::Tensor& places, std::int64_t n) {
  const double* place = places.data_ptr<double>() + n * places.size(1);
  return {place[0], places.size(1) > 1 ? place[1] : 0};
}

// The classes that occur, by label, and samples of no known class behind them.
class ShownClasses {
 public:
  explicit ShownClasses(const DomainFeatures& features) : names_(features.classes) {
    std::set<std::int64_t> found;
    for (const SplitFeatures* split : {&features.source, &features.target})
      found.insert(split->labels.begin(), split->labels.end());
    for (const std::int64_t label : found) {
      if (label >= 0 && label < static_cast<std::int64_t>(names_.size())) labels_.push_back(label);
    }
  }

  std::size_t count() const { return labels_.size(); }
  std::size_t at(std::int64_t label) const {  // count(): no known class
    const auto found = std::lower_bound(labels_.begin(), labels_.end(), label);
    const bool known = found != labels_.end() && *found == label;
    return known ? static_cast<std::size_t>(found - labels_.begin()) : count();
  }
  std::string name(std::size_t n) const {
    return n < count() ? names_[static_cast<std::size_t>(labels_[n])] : "other";
  }
  std::string colour(std::size_t n) const {
    return n < count() ? group_colour(n, count()) : "#888";
  }

 private:
  const std::vector<std::string>& names_;  // by label
  std::vector<std::int64_t> labels_;
};

std::string by_class(const DomainFeatures& features, const torch::Tensor& places) {
  const ShownClasses classes(features);
  std::vector<ScatterGroup> groups;
  std::int64_t first = 0;
  for (const SplitFeatures* split : {&features.source, &features.target}) {
    const std::size_t begin = groups.size();
    for (std::size_t n = 0; n <= classes.count(); ++n) {
      groups.push_back({fmt::format("{} of {}", classes.name(n), split->split),
                        classes.colour(n),
                        split == &features.source,
                        {}});
    }
    for (std::size_t n = 0; n < split->labels.size(); ++n) {
      groups[begin + classes.at(split->labels[n])].points.push_back(
          place_of(places, first + static_cast<std::int64_t>(n)));
    }
    first += static_cast<std::int64_t>(split->labels.size());
  }
  return scatter_chart(groups);
}

std::string by_domain(const DomainFeatures& features, const torch::Tensor& places) {
  ScatterGroup source{features.source.split, kSourceColour, true, {}},
      target{features.target.split, kTargetColour, false, {}};
  const std::int64_t of_source = features.source.rows.size(0);
  for (std::int64_t n = 0; n < places.size(0); ++n)
    (n < of_source ? source : target).points.push_back(place_of(places, n));
  return scatter_chart({target, source});
}

// The domains, and the classes that occur.
std::string legend(const DomainFeatures& features) {
  std::string marks = fmt::format(
      "<span><i class=\"mark\" style=\"background:{}\"></i>{} (squares)</span>"
      "<span><i class=\"mark round\" style=\"background:{}\"></i>{} (dots)</span><br>",
      kSourceColour, escape_html(features.source.split), kTargetColour,
      escape_html(features.target.split));
  const ShownClasses classes(features);
  for (std::size_t n = 0; n < classes.count(); ++n) {
    marks += fmt::format("<span><i class=\"mark\" style=\"background:{}\"></i>{}</span>",
                         classes.colour(n), escape_html(classes.name(n)));
  }
  return fmt::format("<div class=\"legend\">{}</div>\n", marks);
}

}  // namespace

DomainFeatures read_domain_features(const std::filesystem::path& file,
                                    const std::string& usual_source, const std::string& target,
                                    std::int64_t most) {
  const shard::SafetensorsFile tensors(file);
  const std::string source = source_in(tensors, usual_source, target);
  DomainFeatures features{read_split(tensors, source, most), read_split(tensors, target, most),
                          class_names(tensors)};
  if (features.source.rows.size(1) != features.target.rows.size(1)) {
    throw BadInput(fmt::format(
        "{}: its features of {} have {} values, but those of {} {}; they "
        "must come from one network",
        file.string(), source, features.source.rows.size(1), target, features.target.rows.size(1)));
  }
  return features;
}

std::string feature_pictures(const DomainFeatures& features) {
  const torch::Tensor rows =
      in_own_span(torch::cat({features.source.rows, features.target.rows})).places;
  std::string panels;
  const auto add = [&](const char* how, const torch::Tensor& places) {
    panels += fmt::format(
        "<div><h3>{0}, by class</h3>\n{1}</div>\n<div><h3>{0}, by domain</h3>\n{2}</div>\n", how,
        by_class(features, places), by_domain(features, places));
  };
  add("Principal components", principal_components(rows, 2));
  add("t-SNE", tsne(rows));
  return legend(features) + "<div class=\"panels\">\n" + panels + "</div>\n";
}

}  // namespace rod::trainer
