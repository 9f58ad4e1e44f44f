// Several runs side by side: methods with the mean and spread over their seeds.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "trainer/log/curves.h"
#include "trainer/report/domain_features.h"

namespace rod::trainer {

// What a run folder says of a run.
struct ComparedRun {
  std::string name;        // the folder, as given
  std::string method;      // with what label_methods() adds
  std::string target;      // the split it is judged on
  nlohmann::json options;  // as the checkpoint has them, but for the seed
  std::uint64_t seed = 0;
  std::vector<std::string> classes;  // by label; empty in runs of older versions
  Curves curves;                     // of its metrics
  double last = 0, best = 0;         // accuracy on the target: newest, and chosen with its labels
  std::optional<double> unlabelled;  // the same of the epoch that --select chose
  std::vector<std::optional<double>> per_class;  // newest; absent: no pair of this class
  // Of features.safetensors in the folder, if it is there.
  std::optional<DomainFeatures> features;
  std::optional<double> domain_distance;  // proxy A-distance
};

// Reads a run folder's newest checkpoint head, metrics.jsonl and features.safetensors; takes no
// lock. Throws BadInput if the folder holds no run, or the run has no evaluation of its target;
// read_domain_features()'s errors.
ComparedRun read_run(const std::filesystem::path& folder);

// Adds to the method of each run the options, but for the seed, in which it differs from the first
// run of that method: "rr --lr 0.01". So that only runs alike are averaged.
void label_methods(std::vector<ComparedRun>& runs);

// Mean and sample standard deviation; no spread for a single value.
struct Spread {
  double mean = 0;
  std::optional<double> deviation;
};
Spread spread_of(const std::vector<double>& values);  // Requires: not empty

// The runs of one method.
struct ComparedMethod {
  std::string method;
  std::vector<std::size_t> runs;  // of the list
  Spread last, best;
  std::optional<Spread> unlabelled, domain_distance;  // absent if one of its runs has none
};

// In the order of their first runs.
std::vector<ComparedMethod> by_method(const std::vector<ComparedRun>& runs);

// {"target": …, "methods": [{"method", "seeds", "last": {"mean", "deviation"}, …}], "runs": […]}
nlohmann::ordered_json comparison_json(const std::vector<ComparedRun>& runs);

// The table for a terminal, and the page. Requires: all runs have one target.
std::string comparison_text(const std::vector<ComparedRun>& runs);
std::string comparison_page(const std::vector<ComparedRun>& runs);

}  // namespace rod::trainer
