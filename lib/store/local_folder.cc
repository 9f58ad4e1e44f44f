#include "store/local_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "base/error.h"
#include "base/machine.h"
#include "base/scratch_folder.h"
#include "io/file.h"

namespace rod::store {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kNameDigits = 16;

bool is_name(const std::string& text) {
  return text.size() == kNameDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string run_name(const fs::path& run) {
  const fs::path path = run / ".run";
  if (fs::exists(path)) {
    const std::string text = io::read_file(path, 64).substr(0, kNameDigits);
    if (is_name(text)) return text;
  }
  std::random_device device;
  const std::string name = fmt::format("{:08x}{:08x}", device(), device());
  io::write_file(path, name + "\n");
  return name;
}

}  // namespace

LocalFolder open_local_folder(const fs::path& run, const fs::path& local_dir) {
  LocalFolder local;
  if (local_dir.empty() && !is_on_drive(run)) {
    local = {run / ".local", false};
  } else {
    const fs::path absolute = fs::absolute(run).lexically_normal();
    const fs::path last =
        absolute.has_filename() ? absolute.filename() : absolute.parent_path().filename();
    local = {
        scratch_folder(local_dir) / "runs" / fmt::format("{}-{}", last.string(), run_name(run)),
        true};
  }
  io::make_folders(local.path);
  return local;
}

}  // namespace rod::store
