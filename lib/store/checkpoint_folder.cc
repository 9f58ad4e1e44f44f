#include "store/checkpoint_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/error.h"
#include "base/units.h"
#include "io/file.h"
#include "io/verified_copy.h"

namespace rod::store {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPrefix = "step-";
constexpr std::string_view kSuffix = ".safetensors";
constexpr std::size_t kDigits = 9;
constexpr const char* kPointer = "newest.json";
constexpr double kMostSeconds = 1e10;  // three hundred years: a clock that was never right
constexpr std::uint64_t kPointerMaxBytes = 1 << 16;
constexpr const char* kLastFormat = "rodtrain pointer";
constexpr std::uint64_t kLastMaxBytes = 1024;
constexpr std::size_t kLengthBytes = 8;  // of a safetensors header's length

std::optional<std::uint64_t> step_of(const std::string& name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  std::uint64_t step = 0;
  std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), step);
  if (checkpoint_name(step) != name) return std::nullopt;
  return step;
}

void for_each_entry(const fs::path& folder, const std::function<void(const fs::path&)>& visit) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  if (error == std::errc::no_such_file_or_directory) return;
  for (; !error && entries != fs::directory_iterator(); entries.increment(error))
    visit(entries->path());
  if (error) throw_errno(folder.string(), "list", error.value());
}

// The step that a last.safetensors names; nothing for any other file.
std::optional<std::uint64_t> step_of_last(const fs::path& path) {
  std::error_code absent;
  if (!fs::is_regular_file(path, absent) || fs::file_size(path, absent) > kLastMaxBytes)
    return std::nullopt;
  const std::string text = io::read_file(path, kLastMaxBytes);
  if (text.size() <= kLengthBytes) return std::nullopt;
  const auto json = nlohmann::json::parse(text.begin() + kLengthBytes, text.end(), nullptr, false);
  if (!json.is_object() || !json.contains("__metadata__")) return std::nullopt;
  const auto& metadata = json["__metadata__"];
  if (!metadata.is_object() || metadata.value("format", nlohmann::json()) != kLastFormat)
    return std::nullopt;
  const auto newest = metadata.value("newest", nlohmann::json());
  return newest.is_string() ? step_of(newest.get<std::string>()) : std::nullopt;
}

}  // namespace

std::string checkpoint_name(std::uint64_t step) {
  return fmt::format("{}{:0{}}{}", kPrefix, step, kDigits, kSuffix);
}

std::vector<ListedCheckpoint> list_checkpoints(const fs::path& folder) {
  std::vector<ListedCheckpoint> found;
  for_each_entry(folder, [&](const fs::path& path) {
    if (const auto step = step_of(path.filename().string())) found.push_back({*step, path});
  });
  std::sort(found.begin(), found.end(),
            [](const ListedCheckpoint& a, const ListedCheckpoint& b) { return a.step > b.step; });
  return found;
}

std::vector<std::string> other_checkpoint_names(const fs::path& folder) {
  std::vector<std::string> names;
  for_each_entry(folder, [&](const fs::path& path) {
    const std::string name = path.filename().string();
    if (name.starts_with(kPrefix) && !step_of(name)) names.push_back(name);
  });
  std::sort(names.begin(), names.end());
  return names;
}

void prune_checkpoints(const fs::path& folder, std::uint64_t step, std::uint32_t keep) {
  std::uint32_t kept = 0;
  for (const ListedCheckpoint& file : list_checkpoints(folder)) {
    if (file.step > step) continue;
    if (kept == keep) {
      io::empty_then_remove(file.path);
    } else {
      ++kept;
    }
  }
}

std::string waiting_best_name(const std::string& name, std::uint64_t number) {
  return fmt::format("{}-{}{}", name.substr(0, name.size() - kSuffix.size()), number, kSuffix);
}

std::vector<fs::path> waiting_best(const fs::path& local, const std::string& best) {
  const std::string prefix = best.substr(0, best.size() - kSuffix.size()) + "-";
  std::vector<fs::path> found;
  for_each_entry(local, [&](const fs::path& path) {
    const std::string name = path.filename().string();
    if (name.starts_with(prefix) && name.ends_with(kSuffix)) found.push_back(path);
  });
  std::sort(found.begin(), found.end());
  return found;
}

void remove_unfinished(const fs::path& folder) {
  for_each_entry(folder, [](const fs::path& path) {
    if (io::is_temporary_name(path.filename().string())) io::empty_then_remove(path);
  });
}

void write_pointer(const fs::path& run, const NewestPointer& pointer) {
  const nlohmann::ordered_json json = {{"file", checkpoint_name(pointer.step)},
                                       {"step", pointer.step},
                                       {"seconds", pointer.seconds}};
  io::write_file(run / kPointer, json.dump() + "\n");
}

void write_last(const fs::path& folder, std::uint64_t step) {
  const nlohmann::json header = {
      {"__metadata__", {{"format", kLastFormat}, {"newest", checkpoint_name(step)}}}};
  std::string text = header.dump();
  text.append((kLengthBytes - text.size() % kLengthBytes) % kLengthBytes, ' ');
  std::string length;  // little-endian
  for (std::size_t i = 0; i < kLengthBytes; ++i)
    length += static_cast<char>(text.size() >> (8 * i) & 0xFF);
  io::write_file(folder / kLastName, length + text);
}

void forget_last(const fs::path& folder, std::uint64_t step) {
  if (step_of_last(folder / kLastName) == step) io::empty_then_remove(folder / kLastName);
}

fs::path follow_last(const fs::path& path) {
  const auto step = step_of_last(path);
  if (!step) return path;
  const fs::path named = path.parent_path() / checkpoint_name(*step);
  if (fs::exists(named)) return named;
  throw BadInput(fmt::format("{}: names {}, which is not beside it; give a checkpoint that is",
                             path.string(), named.filename().string()));
}

std::optional<NewestPointer> read_pointer(const fs::path& run) {
  try {
    const auto json = nlohmann::json::parse(io::read_file(run / kPointer, kPointerMaxBytes));
    const NewestPointer pointer{whole_number<std::uint64_t>(json.at("step")), json.at("seconds")};
    if (pointer.seconds < 0 || pointer.seconds >= kMostSeconds) return std::nullopt;
    return pointer;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace rod::store
