#include "trainer/checkpoint/compatibility.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "shard/parents.h"
#include "trainer/input/feed.h"

namespace rod::trainer {

ClassMatch match_classes(const std::vector<std::string>& network,
                         const std::vector<std::string>& data) {
  std::map<std::string, std::int64_t> label_of;
  for (std::size_t label = 0; label < network.size(); ++label) {
    label_of.emplace(network[label], static_cast<std::int64_t>(label));
  }
  ClassMatch match;
  for (const std::string& name : data) {
    const auto found = label_of.find(name);
    match.labels.push_back(found == label_of.end() ? -1 : found->second);
    if (found == label_of.end()) match.unknown.push_back(name);
  }
  for (const std::string& name : network) {
    if (std::find(data.begin(), data.end(), name) == data.end()) match.absent.push_back(name);
  }
  return match;
}

std::string list_classes(const std::vector<std::string>& names) {
  constexpr std::size_t kListed = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kListed); ++i) {
    text += fmt::format("{}'{}'", i == 0 ? "" : ", ", names[i]);
  }
  if (names.size() > kListed) text += fmt::format(" and {} more", names.size() - kListed);
  return text;
}

namespace {

using Say = std::function<void(const std::string&)>;

// In any order.
void require_same_classes(const Checkpoint& checkpoint, const TrainConfig& config,
                          const shard::Manifest& manifest) {
  const ClassMatch match = match_classes(checkpoint.head.class_names, manifest.classes);
  if (match.unknown.empty() && match.absent.empty()) return;
  std::string difference;
  if (!match.unknown.empty()) {
    difference = fmt::format("has not learned {}", list_classes(match.unknown));
  }
  if (!match.absent.empty()) {
    difference += fmt::format("{}has learned {}, which the data set lacks",
                              difference.empty() ? "" : " and ", list_classes(match.absent));
  }
  throw BadInput(
      fmt::format("{}: was trained for {} classes, but {} has {}: the network {}; give the "
                  "same --data, or train with another --logdir",
                  checkpoint.path, checkpoint.head.classes, config.data.string(),
                  manifest.classes.size(), difference));
}

void require_same_data(const Checkpoint& checkpoint, const TrainConfig& config,
                       const shard::Manifest& manifest, const Say& say) {
  if (checkpoint.head.class_names.empty()) {
    say(
        fmt::format("warning: {}: has no class names, as an older version of rodtrain wrote it; "
                    "its classes are taken to be those of {}, in the same order",
                    checkpoint.path, config.data.string()));
  } else {
    require_same_classes(checkpoint, config, manifest);
  }
  if (checkpoint.head.fingerprint == manifest.fingerprint) return;
  if (shard::grew_from(manifest, checkpoint.head.fingerprint)) {
    say(fmt::format(
        "{} contains the data set {} that {} was trained on and the samples appended to it; "
        "training continues on all of them, in the order of the larger data set",
        config.data.string(), checkpoint.head.fingerprint, checkpoint.path));
    return;
  }
  const std::string difference =
      fmt::format("{}: was trained on the data set {} of {} classes, but {} is {} of {} classes",
                  checkpoint.path, checkpoint.head.fingerprint, checkpoint.head.classes,
                  config.data.string(), manifest.fingerprint, manifest.classes.size());
  if (checkpoint.head.classes != static_cast<std::int64_t>(manifest.classes.size())) {
    throw BadInput(difference + "; give the same --data, or train with another --logdir");
  }
  if (!config.allow_changed) {
    throw BadInput(difference +
                   "; give the same --data, or train with another --logdir, or resume anyway with "
                   "--allow-changed");
  }
  say(difference + "; resuming because of --allow-changed");
}

void require_same_options(const Checkpoint& checkpoint, const TrainConfig& config, const Say& say) {
  const std::string difference = options_difference(checkpoint.head.options, config);
  if (difference.empty()) return;
  const std::string what =
      fmt::format("{}: the run was started with other options:\n{}", checkpoint.path, difference);
  const std::string binding =
      options_difference(checkpoint.head.options, config, /*only_binding=*/true);
  if (!binding.empty()) {
    throw Error(ErrorKind::kUsage,
                what + "Give the same, or train with another --logdir" +
                    (config.allow_changed
                         ? "; --allow-changed can't help, as the state does not fit:\n" + binding
                         : ""));
  }
  if (!config.allow_changed) {
    throw Error(
        ErrorKind::kUsage,
        what +
            "Give the same, or train with another --logdir, or resume anyway with --allow-changed");
  }
  say(what + "Resuming because of --allow-changed.");
}

}  // namespace

void require_same_run(const Checkpoint& checkpoint, const TrainConfig& config,
                      const shard::Manifest& manifest, const Splits& splits, const Method& method,
                      const Say& say) {
  require_same_options(checkpoint, config, say);
  require_same_data(checkpoint, config, manifest, say);
  // The order is a function of the step and of each split's size, which has changed.
  if (shard::grew_from(manifest, checkpoint.head.fingerprint)) return;
  for (const StreamSpec& use : method.streams) {
    const auto expected = stream_order(use, splits, config).position(checkpoint.head.state.step);
    const auto found = checkpoint.head.streams.find(use.name);
    if (found == checkpoint.head.streams.end() || found->second.epoch != expected.epoch ||
        found->second.n != expected.n) {
      throw BadInput(fmt::format(
          "{}: the position of its stream {} is not the one after {} steps, epoch {} sample {}: "
          "its splits have another number of samples, or another version of rodtrain wrote it",
          checkpoint.path, use.name, checkpoint.head.state.step, expected.epoch, expected.n));
    }
  }
}

}  // namespace rod::trainer
