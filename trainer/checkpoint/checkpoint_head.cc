#include "trainer/checkpoint/checkpoint_head.h"

#include <fmt/format.h>

#include <charconv>
#include <set>

#include "base/error.h"
#include "base/units.h"

namespace rod::trainer {
namespace {

constexpr const char* kFormat = "rodtrain checkpoint";
constexpr const char* kVersion = "1";
constexpr const char* kClassNames = "class_names";
constexpr const char* kBestUnlabelled = "best_unlabelled";

template <typename Number>
Number number(const shard::Metadata& metadata, const char* key, const std::string& path) {
  const std::string& digits = require_text(metadata, key, path);
  std::optional<Number> value;
  if constexpr (std::is_floating_point_v<Number>) {
    value = parse_number(digits);
  } else {
    Number whole{};
    const char* const last = digits.data() + digits.size();
    const auto [end, error] = std::from_chars(digits.data(), last, whole);
    if (error == std::errc{} && end == last) value = whole;
  }
  if (!value) {
    throw BadInput(fmt::format("{}: its metadata's '{}' is '{}', not a number", path, key, digits));
  }
  return *value;
}

template <typename Value>
Value json(const shard::Metadata& metadata, const char* key, const std::string& path) {
  try {
    return nlohmann::json::parse(require_text(metadata, key, path)).get<Value>();
  } catch (const nlohmann::json::exception& error) {
    throw BadInput(fmt::format("{}: its metadata's '{}' is damaged: {}", path, key, error.what()));
  }
}

std::vector<std::string> class_names(const shard::Metadata& metadata, std::int64_t classes,
                                     const std::string& path) {
  if (!metadata.contains(kClassNames)) return {};  // before they were recorded
  auto names = json<std::vector<std::string>>(metadata, kClassNames, path);
  const std::set<std::string> distinct(names.begin(), names.end());
  if (static_cast<std::int64_t>(names.size()) != classes || distinct.size() != names.size()) {
    throw BadInput(
        fmt::format("{}: its metadata's '{}' has {} names, {} of them distinct, expected "
                    "{}",
                    path, kClassNames, names.size(), distinct.size(), classes));
  }
  return names;
}

}  // namespace

shard::Metadata to_metadata(const CheckpointHead& head) {
  nlohmann::json streams = nlohmann::json::object();
  for (const auto& [name, position] : head.streams) {
    streams[name] = {{"epoch", position.epoch}, {"position", position.n}};
  }
  shard::Metadata metadata = {
      {"format", kFormat},
      {"version", kVersion},
      {"step", fmt::format("{}", head.state.step)},
      {"epoch", fmt::format("{}", head.epoch)},
      {"evaluated_step", fmt::format("{}", head.state.evaluated_step)},
      {"best_accuracy", fmt::format("{}", head.state.best_accuracy)},
      {"stale_evaluations", fmt::format("{}", head.state.stale_evaluations)},
      {"classes", fmt::format("{}", head.classes)},
      {"dataset", head.fingerprint},
      {"options", head.options.dump()},
      {"streams", streams.dump()},
      {"loss_names", nlohmann::json(head.loss_names).dump()}};
  if (head.state.best_unlabelled)
    metadata[kBestUnlabelled] = fmt::format("{}", *head.state.best_unlabelled);
  if (!head.class_names.empty()) {
    metadata[kClassNames] = nlohmann::json(head.class_names).dump();
  }
  return metadata;
}

const std::string& require_text(const shard::Metadata& metadata, const std::string& key,
                                const std::string& path) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) {
    throw BadInput(fmt::format("{}: its metadata lacks '{}'; it is not a checkpoint", path, key));
  }
  return found->second;
}

CheckpointHead parse_checkpoint_head(const shard::Metadata& metadata, const std::string& path) {
  const std::string& format = require_text(metadata, "format", path);
  const std::string& version = require_text(metadata, "version", path);
  if (format != kFormat || version != kVersion) {
    throw BadInput(fmt::format("{}: is '{}' version {}, expected '{}' version {}", path, format,
                               version, kFormat, kVersion));
  }
  CheckpointHead head;
  head.state.step = number<std::uint64_t>(metadata, "step", path);
  head.state.evaluated_step = number<std::uint64_t>(metadata, "evaluated_step", path);
  head.state.best_accuracy = number<double>(metadata, "best_accuracy", path);
  if (metadata.contains("stale_evaluations")) {  // else before they were counted
    head.state.stale_evaluations = number<std::uint64_t>(metadata, "stale_evaluations", path);
  }
  if (metadata.contains(kBestUnlabelled))
    head.state.best_unlabelled = number<double>(metadata, kBestUnlabelled, path);
  head.epoch = number<std::uint64_t>(metadata, "epoch", path);
  head.classes = number<std::int64_t>(metadata, "classes", path);
  head.class_names = class_names(metadata, head.classes, path);
  head.fingerprint = require_text(metadata, "dataset", path);
  head.options = json<nlohmann::json>(metadata, "options", path);
  head.loss_names = json<std::vector<std::string>>(metadata, "loss_names", path);
  for (const auto& [name, position] :
       json<std::map<std::string, nlohmann::json>>(metadata, "streams", path)) {
    try {
      head.streams[name] = {whole_number<std::uint64_t>(position.at("epoch")),
                            whole_number<std::uint64_t>(position.at("position"))};
    } catch (const std::exception&) {
      throw BadInput(fmt::format("{}: its metadata's stream '{}' lacks a position", path, name));
    }
  }
  return head;
}

}  // namespace rod::trainer
