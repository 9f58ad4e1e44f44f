#include <cmath>
#include <cstdlib>
#include <sstream>

#include "doctor/machine_state.h"

namespace rod::doctor {
namespace {

constexpr std::chrono::seconds kDriverLimit{20};  // a driver that wakes up takes several
constexpr std::uint64_t kMebibyte = 1 << 20;

std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> all;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, ',');) {
    const auto start = field.find_first_not_of(' '), end = field.find_last_not_of(" \r");
    all.push_back(start == field.npos ? "" : field.substr(start, end - start + 1));
  }
  return all;
}

}  // namespace

std::vector<Gpu> parse_gpus(const std::string& answer) {
  std::vector<Gpu> gpus;
  std::istringstream lines(answer);
  for (std::string line; std::getline(lines, line);) {
    const auto field = fields(line);
    if (field.size() != 5) continue;
    gpus.push_back({field[0], field[1], std::strtoull(field[2].c_str(), nullptr, 10) * kMebibyte,
                    std::strtoull(field[3].c_str(), nullptr, 10) * kMebibyte,
                    static_cast<int>(std::lround(10 * std::strtod(field[4].c_str(), nullptr)))});
  }
  return gpus;
}

Finding<std::vector<Gpu>> look_for_gpus() {
  const auto answer = ask_program(
      {"nvidia-smi", "--query-gpu=name,driver_version,memory.total,memory.free,compute_cap",
       "--format=csv,noheader,nounits"},
      kDriverLimit);
  const std::string* const text = found(answer);
  if (text == nullptr) return Missing{why_missing(answer)};
  auto gpus = parse_gpus(*text);
  if (gpus.empty()) return Missing{"nvidia-smi found no GPU"};
  return gpus;
}

}  // namespace rod::doctor
