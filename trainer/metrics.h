// metrics.jsonl and metrics.csv: one line for each interval of steps and for each evaluation.
//
// A line is a function of the run's options and data, but for the clock's fields: `time` (Unix seconds),
// `pairs_per_second`, and `waited` (share of the time that the step waited for data).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"

namespace rod {

using MetricsRow = nlohmann::ordered_json;  // one flat object

class Metrics {
 public:
  // Keeps those rows that are there already and for which keep(row) is true, as a run that was killed has
  // written more than its checkpoint knows. `columns` are the CSV's; keys that are not among them are
  // only in the JSON lines. Errors: throw_errno.
  Metrics(const std::filesystem::path& jsonl, const std::filesystem::path& csv,
          std::vector<std::string> columns, const std::function<bool(const MetricsRow&)>& keep);

  // Of those that were there already, oldest first; moved out of.
  std::vector<MetricsRow> take_kept() { return std::move(kept_); }

  // Appends. Errors: throw_errno.
  void add(const MetricsRow& row);

  // To the disk: a checkpoint must not know more than the lines before it.
  void sync();

 private:
  std::string csv_line(const MetricsRow& row) const;

  std::vector<std::string> columns_;
  std::vector<MetricsRow> kept_;
  File jsonl_, csv_;
};

}  // namespace rod
