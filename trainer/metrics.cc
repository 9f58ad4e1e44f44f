#include "trainer/metrics.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <sstream>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace rod {
namespace {

// A line that a kill cut in two is no JSON and is dropped with the rest.
std::vector<MetricsRow> kept_rows(const std::filesystem::path& path,
                                  const std::function<bool(const MetricsRow&)>& keep) {
  std::vector<MetricsRow> rows;
  if (!std::filesystem::exists(path)) return rows;
  std::istringstream text(read_file(path));
  for (std::string line; std::getline(text, line);) {
    MetricsRow row = MetricsRow::parse(line, nullptr, /*allow_exceptions=*/false);
    if (row.is_object() && keep(row)) rows.push_back(std::move(row));
  }
  return rows;
}

File open_append(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0) throw_errno(path.string(), "open");
  return File(fd, path.string());
}

void write(File& file, std::string_view text) {
  file.write_all(std::as_bytes(std::span(text)));
}

}  // namespace

Metrics::Metrics(const std::filesystem::path& jsonl, const std::filesystem::path& csv,
                 std::vector<std::string> columns,
                 const std::function<bool(const MetricsRow&)>& keep)
    : columns_(std::move(columns)), kept_(kept_rows(jsonl, keep)) {
  std::string lines, table;
  for (const std::string& column : columns_) table += (table.empty() ? "" : ",") + column;
  table += "\n";
  for (const MetricsRow& row : kept_) {
    lines += row.dump() + "\n";
    table += csv_line(row);
  }
  write_file(jsonl, lines);
  write_file(csv, table);
  jsonl_ = open_append(jsonl);
  csv_ = open_append(csv);
}

void Metrics::add(const MetricsRow& row) {
  write(jsonl_, row.dump() + "\n");
  write(csv_, csv_line(row));
}

void Metrics::sync() {
  jsonl_.sync();
  csv_.sync();
}

std::string Metrics::csv_line(const MetricsRow& row) const {
  std::string line;
  for (const std::string& column : columns_) {
    if (&column != &columns_.front()) line += ",";
    if (row.contains(column)) line += row[column].dump();
  }
  return line + "\n";
}

}  // namespace rod
