#include "trainer/commands/prediction_lines.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace rod::trainer {
namespace {

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return std::string(text);
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? std::string("\"\"") : std::string(1, c);
  return cell + "\"";
}

// A terminal obeys control characters.
std::string for_terminal(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      shown += fmt::format("\\x{:02x}", byte);
    } else {
      shown += c;
    }
  }
  return shown;
}

}  // namespace

std::string json_line(const Prediction& prediction, std::string_view file,
                      const std::vector<std::string>& classes) {
  nlohmann::ordered_json line;
  line["file"] = file;
  line["class"] = classes[prediction.top.front().label];
  line["probability"] = prediction.top.front().probability;
  line["top"] = nlohmann::ordered_json::array();
  for (const Guess& guess : prediction.top) {
    line["top"].push_back({{"class", classes[guess.label]}, {"probability", guess.probability}});
  }
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string csv_header() {
  std::string line = "file,class,probability";
  for (std::size_t n = 2; n <= kTopClasses; ++n)
    line += fmt::format(",class_{},probability_{}", n, n);
  return line + "\n";
}

std::string csv_line(const Prediction& prediction, std::string_view file,
                     const std::vector<std::string>& classes) {
  std::string line = csv_cell(file);
  for (std::size_t n = 0; n < kTopClasses; ++n) {
    if (n >= prediction.top.size()) {
      line += ",,";
      continue;
    }
    const Guess& guess = prediction.top[n];
    line += fmt::format(",{},{}", csv_cell(classes[guess.label]), guess.probability);
  }
  return line + "\n";
}

std::string text_line(const Prediction& prediction, std::string_view file,
                      const std::vector<std::string>& classes) {
  std::string line = for_terminal(file) + " ";
  for (const Guess& guess : prediction.top) {
    line += fmt::format("{} {} {:.1f}%", guess.label == prediction.top.front().label ? "" : ",",
                        for_terminal(classes[guess.label]), 100 * guess.probability);
  }
  return line + "\n";
}

}  // namespace rod::trainer
