#include "trainer/tensor/openmp.h"

#include <stdlib.h>
#include <torch/torch.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/stop.h"

namespace rod {
namespace {

constexpr const char* kSpins = "1000";  // as fast as libgomp's 300,000 where nobody else computes

}  // namespace

void spin_briefly() {
  if (at::get_num_threads() == 1 || stop_signal() != 0) return;
  for (const char* name : {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"}) {
    if (::getenv(name) != nullptr) return;
  }
  ::setenv("GOMP_SPINCOUNT", kSpins, /*overwrite=*/1);
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string words{std::istreambuf_iterator<char>(file), {}};  // each ends with a zero
  if (words.empty()) return;
  std::vector<char*> arguments;
  for (std::size_t at = 0; at < words.size(); at = words.find('\0', at) + 1)
    arguments.push_back(words.data() + at);
  arguments.push_back(nullptr);
  // By its own path: a process is listed by the name of what was started.
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  ::execv(program.c_str(), arguments.data());
}

}  // namespace rod
