#include "trainer/commands/decoded_images.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/machine.h"
#include "base/stop.h"
#include "io/child_process.h"
#include "io/file.h"

namespace rod::trainer {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostMessages = 1 << 16;  // bytes of rodprep's
constexpr const char* kUnlabelled = "unlabelled/";

// Beside this program, in bin/ or libexec/rod/, or else on PATH.
std::string find_rodprep() {
  std::error_code none;
  const fs::path here = fs::read_symlink("/proc/self/exe", none).parent_path();
  std::vector<fs::path> places = {here / "rodprep", here / "../../bin/rodprep"};
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.empty()) places.push_back(fs::path(folder) / "rodprep");
  }
  for (const fs::path& place : places) {
    if (fs::is_regular_file(place, none) && ::access(place.c_str(), X_OK) == 0)
      return place.lexically_normal().string();
  }
  throw Error(ErrorKind::kFailed,
              "the program rodprep, which decodes images for rodtrain, is neither beside it nor on "
              "PATH; install it, or give a data set that it has made elsewhere");
}

// The path without `/` at its beginning and without `..`.
fs::path as_relative(const fs::path& path) {
  fs::path relative;
  for (const fs::path& name : path.relative_path().lexically_normal()) {
    if (name != ".." && name != "." && !name.empty()) relative /= name;
  }
  return relative;
}

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

ErrorKind kind_of(int exit_code) {
  for (const ErrorKind kind : {ErrorKind::kUsage, ErrorKind::kBadInput, ErrorKind::kNoRoom,
                               ErrorKind::kInterrupted, ErrorKind::kTerminated}) {
    if (exit_code == static_cast<int>(kind)) return kind;
  }
  return ErrorKind::kFailed;
}

// A pattern is for paths below `unlabelled/`, whatever it begins with.
std::string below_unlabelled(const std::string& pattern) {
  return pattern.starts_with('*') ? pattern : "*/" + pattern;
}

std::vector<std::string> cache_command(const ImageOptions& options, const fs::path& source,
                                       const fs::path& data) {
  std::vector<std::string> command = {find_rodprep(), "cache",   source.string(),
                                      data.string(),  "--quiet", "--inventory",
                                      "--layout",     "folders", "--follow-links"};
  const auto add = [&](const char* name, const std::string& value) {
    command.insert(command.end(), {name, value});
  };
  add("--split", std::string(DecodedImages::kSplit) + "=" + DecodedImages::kSplit);
  add("--size", fmt::format("{}", options.size));
  add("--depth", options.depth);
  add("--on-error", options.skip_bad ? "skip" : "fail");
  if (options.jobs > 0) add("--jobs", fmt::format("{}", options.jobs));
  const bool by_words = options.depth_pattern.empty() || options.depth_pattern == "*";
  if (options.rgb_pattern.empty() && by_words) add("--structure", "class");
  if (!options.rgb_pattern.empty()) add("--rgb-pattern", below_unlabelled(options.rgb_pattern));
  if (!options.depth_pattern.empty())
    add("--depth-pattern", below_unlabelled(options.depth_pattern));
  return command;
}

}  // namespace

DecodedImages::DecodedImages(const ImageOptions& options,
                             const std::function<void(const std::string&)>& say) {
  const fs::path scratch = scratch_folder(options.local_dir);
  io::make_folders(scratch);
  std::string name = (scratch / "predict-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw_errno(name, "create the folder");
  folder_ = name;
  try {
    for (const fs::path& source : options.sources) link_all(source);
    run_rodprep(options);
    tell_left_out(say);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
    throw;
  }
}

DecodedImages::~DecodedImages() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void DecodedImages::link(const fs::path& file) {
  const fs::path key = kUnlabelled / as_relative(file);
  if (!files_.emplace(key.string(), file.string()).second) return;  // given twice
  const fs::path link = source() / kSplit / key;
  io::make_folders(link.parent_path());
  fs::create_symlink(fs::absolute(file), link);
}

void DecodedImages::link_all(const fs::path& source) {
  if (!fs::exists(source)) {
    throw BadInput(
        fmt::format("{}: does not exist; give a data set folder, image files or folders of them",
                    source.string()));
  }
  if (!fs::is_directory(source)) return link(source);
  const std::size_t before = files_.size();
  for (auto entry = fs::recursive_directory_iterator(source);
       entry != fs::recursive_directory_iterator(); ++entry) {
    throw_if_stopped("nothing was changed");
    const bool hidden = entry->path().filename().string().starts_with('.');
    if (hidden && entry->is_directory()) entry.disable_recursion_pending();
    if (!hidden && entry->is_regular_file()) link(entry->path());
  }
  if (files_.size() > before) return;
  throw BadInput(
      fmt::format("{}: holds no files; give a data set folder, image files or folders of them",
                  source.string()));
}

void DecodedImages::run_rodprep(const ImageOptions& options) {
  const std::vector<std::string> command = cache_command(options, source(), data_set());
  const io::File output = io::memory_file("output"), messages = io::memory_file("messages");
  io::ChildProcess rodprep(command, output, messages);
  const int code = rodprep.wait([] { throw_if_stopped("nothing was changed"); });
  if (code == 0) return;
  std::string text(kMostMessages, '\0');
  text.resize(messages.read_some(std::as_writable_bytes(std::span(text)), 0));
  text.erase(text.find_last_not_of('\n') + 1);
  text = replace_all(std::move(text), std::string(kSplit) + "/" + kUnlabelled, "");
  text = replace_all(replace_all(std::move(text), source().string(), "SOURCE"), kUnlabelled, "");
  throw Error(kind_of(code),
              text.empty() ? fmt::format("{} ended with {}", command[0], code) : text);
}

void DecodedImages::tell_left_out(const std::function<void(const std::string&)>& say) const {
  const std::string prefix = std::string(kSplit) + "/" + kUnlabelled;
  std::istringstream inventory(io::read_file(data_set() / "sources.jsonl"));
  for (std::string line; std::getline(inventory, line);) {
    const auto row = nlohmann::json::parse(line);
    if (row.at("fate") == "sample" || row.at("fate") == "ignored") continue;
    const auto path = row.at("path").get<std::string>();
    say(fmt::format("{}: left out: {}",
                    path.starts_with(prefix) ? path.substr(prefix.size()) : path,
                    row.value("reason", row.at("fate").get<std::string>())));
  }
  if (!fs::exists(data_set() / "rejects.jsonl")) return;
  std::istringstream rejects(io::read_file(data_set() / "rejects.jsonl"));
  for (std::string line; std::getline(rejects, line);) {
    const auto row = nlohmann::json::parse(line);
    say(fmt::format("{}: left out: {}", file(row.at("key").get<std::string>()),
                    row.at("reason").get<std::string>()));
  }
}

const std::string& DecodedImages::file(std::string_view key) const {
  const auto found = files_.find(key);
  if (found != files_.end()) return found->second;
  throw BadInput(fmt::format("{}: holds the unknown image '{}'", data_set().string(), key));
}

}  // namespace rod::trainer
