#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/stop.h"
#include "base/units.h"
#include "io/download.h"
#include "io/sha256.h"
#include "trainer/network/pretrained.h"

namespace rod::trainer {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kImageNet = "imagenet";
constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 30;
constexpr std::size_t kLeastDigits = 8;

struct ImageNetFile {
  std::string_view arch;
  const char* file;
};

// torchvision's first version of each (IMAGENET1K_V1), the one that papers start from; of
// resnet50, too.
constexpr ImageNetFile kImageNetFiles[] = {{"resnet18", "resnet18-f37072fd.pth"},
                                           {"resnet34", "resnet34-b627a593.pth"},
                                           {"resnet50", "resnet50-0676ba61.pth"}};

bool is_address(std::string_view name) {
  return name.find("://") != name.npos;
}

std::string file_name(const std::string& name, const std::string& arch) {
  if (is_address(name)) return name.substr(name.rfind('/') + 1);
  for (const ImageNetFile& known : kImageNetFiles) {
    if (known.arch == arch) return known.file;
  }
  throw Error(ErrorKind::kUsage,
              fmt::format("--pretrained imagenet: there are no published weights for --arch {}; "
                          "take --arch resnet18, resnet34 or resnet50",
                          arch));
}

// "resnet18-f37072fd.pth" -> "f37072fd", torch hub's convention; empty where there is none.
std::string hash_in(const std::string& file) {
  const auto dash = file.rfind('-'), dot = file.rfind('.');
  if (dash == file.npos || dot == file.npos || dot < dash) return "";
  const std::string digits = file.substr(dash + 1, dot - dash - 1);
  const bool is_hash =
      digits.size() >= kLeastDigits && digits.find_first_not_of("0123456789abcdef") == digits.npos;
  return is_hash ? digits : "";
}

std::string address_of(const std::string& name, const std::string& arch,
                       const WeightsSource& source) {
  if (is_address(name)) return name;
  const std::string_view slash = source.address.ends_with('/') ? "" : "/";
  return fmt::format("{}{}{}", source.address, slash, file_name(name, arch));
}

std::optional<fs::path> variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return fs::path(value);
}

// As torch.hub.get_dir() has it.
fs::path hub_cache() {
  const fs::path in_torch = fs::path("hub") / "checkpoints";
  if (const auto torch_home = variable("TORCH_HOME")) return *torch_home / in_torch;
  if (const auto cache = variable("XDG_CACHE_HOME")) return *cache / "torch" / in_torch;
  return variable("HOME").value_or("/tmp") / ".cache" / "torch" / in_torch;
}

// The file itself if it is there. Throws Error(kFailed) when its hash is not the name's.
bool is_there(const fs::path& file, const std::string& hash) {
  std::error_code absent;
  if (!fs::exists(file, absent)) return false;
  const std::string found = io::sha256_of_file(file);
  if (found.starts_with(hash)) return true;
  throw Error(ErrorKind::kFailed,
              fmt::format("{}: its SHA-256 is {}, expected one that begins with {}; remove the "
                          "file and run the same command again",
                          file.string(), found, hash));
}

}  // namespace

bool is_published(const std::string& name) {
  return name == kImageNet || is_address(name);
}

void require_published(const std::string& name, const std::string& arch,
                       const WeightsSource& source) {
  const std::string address = address_of(name, arch, source);
  if (!address.starts_with("http://") && !address.starts_with("https://")) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{}: weights are downloaded from http://… or https://…; download the "
                            "file yourself and give --pretrained FILE",
                            address));
  }
  if (hash_in(file_name(name, arch)).empty()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--pretrained {}: its name has no hash to check it with, as "
                            "resnet18-f37072fd.pth has; download the file yourself and give "
                            "--pretrained FILE",
                            name));
  }
}

fs::path find_published(const std::string& name, const std::string& arch,
                        const WeightsSource& source, StatusLine& line) {
  require_published(name, arch, source);
  const std::string file = file_name(name, arch), hash = hash_in(file);
  const fs::path cache = hub_cache();
  for (const fs::path& folder : {source.folder, cache}) {
    if (!folder.empty() && is_there(folder / file, hash)) return folder / file;
  }
  const fs::path to = fs::absolute((source.folder.empty() ? cache : source.folder) / file);
  const std::string address = address_of(name, arch, source);
  line.say(fmt::format("downloading {} to {}", address, to.parent_path().string()));
  io::DownloadHooks hooks;
  hooks.progress = [&](std::uint64_t bytes) {
    if (line.is_due()) line.update(fmt::format("{}: {}", file, format_size(double(bytes))));
  };
  hooks.stop = [] { throw_if_stopped("run the same command again to resume the download"); };
  hooks.log = [&](const std::string& text) { line.say(text); };
  try {
    io::download({address, hash, kMaxBytes, to}, hooks);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kFailed) throw;
    throw Error(
        error.kind(),
        fmt::format(
            "{}\nWithout a network connection: download {} on another machine and put it at {}",
            error.what(), address, to.string()));
  }
  return to;
}

}  // namespace rod::trainer
