#include <cstdlib>
#include <fstream>
#include <sstream>

#include "doctor/machine_state.h"

namespace rod::doctor {
namespace {

constexpr int kLinesOfLauncher = 10;              // its head; rodtrain itself may lie there instead
constexpr std::chrono::seconds kImportLimit{90};  // a first import from a cold disk
// Not torch.cuda.get_arch_list(), which is empty where there is no GPU.
constexpr const char* kQuestion =
    "import torch\n"
    "print(torch.__version__)\n"
    "print(torch.version.cuda)\n"
    "print(torch._C._cuda_getArchFlags() if torch.version.cuda else '')\n";

}  // namespace

Finding<Torch> parse_torch(const std::string& answer) {
  std::istringstream lines(answer);
  Torch torch;
  std::string architectures;
  if (!std::getline(lines, torch.version) || !std::getline(lines, torch.cuda)) {
    return Missing{"python3's torch does not report its version"};
  }
  if (torch.cuda == "None") torch.cuda.clear();
  std::getline(lines, architectures);
  std::istringstream words(architectures);
  for (std::string word; words >> word;) torch.architectures.push_back(word);
  return torch;
}

bool has_kernels(const std::vector<std::string>& architectures, int capability) {
  for (const std::string& architecture : architectures) {
    const auto underscore = architecture.find('_');
    if (underscore == architecture.npos) continue;
    const int built_for = std::atoi(architecture.c_str() + underscore + 1);  // "90a" is 90
    const bool portable = architecture.starts_with("compute_");
    if (built_for > capability || built_for == 0) continue;
    if (portable || built_for / 10 == capability / 10) return true;
  }
  return false;
}

Finding<Torch> look_for_torch() {
  const auto answer = ask_program({"python3", "-c", kQuestion}, kImportLimit);
  const std::string* const text = found(answer);
  return text == nullptr ? Finding<Torch>(Missing{why_missing(answer)}) : parse_torch(*text);
}

std::string torch_of_rodtrain(const std::filesystem::path& launcher) {
  const std::string key = "built_for=\"";
  std::ifstream stream(launcher);
  std::string line;
  for (int n = 0; n < kLinesOfLauncher && std::getline(stream, line); ++n) {
    if (line.starts_with(key))
      return line.substr(key.size(), line.find('"', key.size()) - key.size());
  }
  return "";
}

}  // namespace rod::doctor
