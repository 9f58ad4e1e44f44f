// metrics.jsonl and metrics.csv: one line for each interval of steps and for each evaluation.
//
// A line depends only on the run's options and data, except for the clock's fields: `time` (Unix
// seconds), `pairs_per_second`, and `waited` (share of the time that the step waited for data).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "store/small_files.h"

namespace rod::trainer {

using MetricsRow = nlohmann::ordered_json;  // one flat object

class Metrics {
 public:
  // Keeps the rows of an earlier process for which keep(row) is true, because a killed process may
  // have written rows after its last checkpoint. Rows are read from the folder in `folders` whose
  // metrics.jsonl has most of them. `columns` are those of the CSV; other keys are only in the JSON
  // lines. Throws SystemError.
  Metrics(std::shared_ptr<store::SmallFiles> files,
          const std::vector<std::filesystem::path>& folders, std::vector<std::string> columns,
          const std::function<bool(const MetricsRow&)>& keep);

  // Returns the kept rows, oldest first. Can be called once.
  std::vector<MetricsRow> take_kept() { return std::move(kept_); }

  // Appends, to `files`.
  void add(const MetricsRow& row);

 private:
  std::string csv_line(const MetricsRow& row) const;

  std::shared_ptr<store::SmallFiles> files_;
  std::vector<std::string> columns_;
  std::vector<MetricsRow> kept_;
};

}  // namespace rod::trainer
