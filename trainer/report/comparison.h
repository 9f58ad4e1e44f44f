// Compares runs: the mean and spread of each method over its seeds.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "trainer/log/curves.h"
#include "trainer/report/domain_features.h"

namespace rod::trainer {

// The results of a run, read from its folder.
struct ComparedRun {
  std::string name;        // the folder, as given
  std::string method;      // with the options that label_methods() adds
  std::string target;      // the split it is judged on
  nlohmann::json options;  // as in the checkpoint, except the seed
  std::uint64_t seed = 0;
  std::vector<std::string> classes;  // by label; empty in runs of older versions
  Curves curves;                     // of its metrics
  // accuracy on the target: of the newest epoch, and of the best one by its labels
  double last = 0, best = 0;
  std::optional<double> unlabelled;  // the same of the epoch that --select chose
  // of the newest epoch; absent: no pair of this class
  std::vector<std::optional<double>> per_class;
  // Of features.safetensors in the folder, if it exists.
  std::optional<DomainFeatures> features;
  std::optional<double> domain_distance;  // proxy A-distance
};

// Reads a run folder's newest checkpoint head, metrics.jsonl and features.safetensors; takes no
// lock. Throws BadInput if the folder contains no run, or the run has no evaluation of its target;
// read_domain_features()'s errors.
ComparedRun read_run(const std::filesystem::path& folder);

// Appends to each run's method the options, except the seed, in which it differs from the first run
// of that method, as in "rr --lr 0.01", so that only equally configured runs are averaged.
void label_methods(std::vector<ComparedRun>& runs);

// Mean and sample standard deviation, which is absent for a single value.
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

// Groups the runs by method, in the order of their first runs.
std::vector<ComparedMethod> by_method(const std::vector<ComparedRun>& runs);

// {"target": …, "methods": [{"method", "seeds", "last": {"mean", "deviation"}, …}], "runs": […]}
nlohmann::ordered_json comparison_json(const std::vector<ComparedRun>& runs);

// Return the comparison as a table for a terminal, and as an HTML page. Require: all runs have one
// target.
std::string comparison_text(const std::vector<ComparedRun>& runs);
std::string comparison_page(const std::vector<ComparedRun>& runs);

}  // namespace rod::trainer
