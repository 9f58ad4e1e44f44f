#include "trainer/log/metrics.h"

#include <sstream>
#include <utility>

#include "io/file.h"

namespace rod::trainer {
namespace {

constexpr const char* kLines = "metrics.jsonl";
constexpr const char* kTable = "metrics.csv";

// A line that a kill cut in two is no JSON and is dropped with the rest.
std::vector<MetricsRow> kept_rows(const std::filesystem::path& path,
                                  const std::function<bool(const MetricsRow&)>& keep) {
  std::vector<MetricsRow> rows;
  if (!std::filesystem::exists(path)) return rows;
  std::istringstream text(io::read_file(path));
  for (std::string line; std::getline(text, line);) {
    MetricsRow row = MetricsRow::parse(line, nullptr, /*allow_exceptions=*/false);
    if (row.is_object() && keep(row)) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

Metrics::Metrics(std::shared_ptr<store::SmallFiles> files,
                 const std::vector<std::filesystem::path>& folders,
                 std::vector<std::string> columns,
                 const std::function<bool(const MetricsRow&)>& keep)
    : files_(std::move(files)), columns_(std::move(columns)) {
  for (const std::filesystem::path& folder : folders) {
    std::vector<MetricsRow> found = kept_rows(folder / kLines, keep);
    if (found.size() > kept_.size()) kept_ = std::move(found);
  }
  std::string lines, table;
  for (const std::string& column : columns_) table += (table.empty() ? "" : ",") + column;
  table += "\n";
  for (const MetricsRow& row : kept_) {
    lines += row.dump() + "\n";
    table += csv_line(row);
  }
  files_->put(kLines, lines);
  files_->put(kTable, table);
}

void Metrics::add(const MetricsRow& row) {
  files_->append(kLines, row.dump() + "\n");
  files_->append(kTable, csv_line(row));
}

std::string Metrics::csv_line(const MetricsRow& row) const {
  std::string line;
  for (const std::string& column : columns_) {
    if (&column != &columns_.front()) line += ",";
    if (row.contains(column)) line += row[column].dump();
  }
  return line + "\n";
}

}  // namespace rod::trainer
