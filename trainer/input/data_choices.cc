#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "trainer/input/depth_input.h"
#include "trainer/input/splits.h"
#include "trainer/methods/method.h"

namespace rod::trainer {
namespace {

constexpr std::string_view kTrain = "train";
constexpr const char* kCourseSource = "synROD";
constexpr const char* kCourseTarget = "ROD";

class SplitChooser {
 public:
  SplitChooser(const TrainConfig& config, const shard::Manifest& manifest)
      : config_(config), manifest_(manifest) {}

  bool has(const std::string& name) const {
    return std::any_of(manifest_.splits.begin(), manifest_.splits.end(),
                       [&](const shard::SplitInfo& split) { return split.name == name; });
  }

  // --source, or what takes its place.
  std::string source() const {
    if (!config_.source.empty()) return config_.source;
    if (has(train_of(kCourseSource))) return kCourseSource;
    std::vector<std::string> found;
    for (const shard::SplitInfo& split : manifest_.splits) {
      if (split.name != config_.target && is_train(split.name)) found.push_back(split.name);
    }
    if (found.size() == 1) return found.front();
    throw Error(ErrorKind::kUsage,
                fmt::format("{}: has {} with 'train' in its name; give --source with one of the "
                            "splits: {}",
                            config_.data.string(),
                            found.empty() ? "no split" : "more than one split", listed()));
  }

  SplitNames splits_of(const std::string& source) const {
    SplitNames names;
    if (has(train_of(source))) {
      names.source_train = train_of(source);
      names.source_test = first_there({source + "-test", source + "-val"});
    } else if (has(source)) {
      names.source_train = source;
      if (const auto at = source.rfind(kTrain); at != source.npos) {
        const auto with = [&](std::string_view word) {
          return source.substr(0, at) + std::string(word) + source.substr(at + kTrain.size());
        };
        names.source_test = first_there({with("test"), with("val"), with("valid")});
      }
    } else {
      throw BadInput(
          fmt::format("{}: has neither a split '{}' nor '{}', it has {}; give --source "
                      "with one of them",
                      config_.data.string(), train_of(source), source, listed()));
    }
    names.target = target(names);
    if (names.target == names.source_test) names.source_test.clear();  // evaluated once
    if (names.target.empty() && names.source_test.empty()) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("{}: there is nothing to evaluate on: besides {} it has no test "
                              "split; give --target with another of its splits: {}",
                              config_.data.string(), names.source_train, listed()));
    }
    return names;
  }

 private:
  static std::string train_of(const std::string& source) { return source + "-train"; }

  static bool is_train(std::string_view name) {
    const std::string_view end = "-_.";
    return name == kTrain ||
           (name.ends_with(kTrain) && end.find(name[name.size() - kTrain.size() - 1]) != end.npos);
  }

  std::string first_there(const std::vector<std::string>& names) const {
    const auto found =
        std::find_if(names.begin(), names.end(), [&](const auto& name) { return has(name); });
    return found == names.end() ? "" : *found;
  }

  std::string target(const SplitNames& names) const {
    if (!config_.target.empty()) {
      if (has(config_.target)) return config_.target;
      throw BadInput(fmt::format("{}: has no split '{}', it has {}; give --target with one of them",
                                 config_.data.string(), config_.target, listed()));
    }
    if (names.source_train == train_of(kCourseSource) && has(kCourseTarget)) return kCourseTarget;
    const std::vector<StreamSpec>& streams = find_method(config_.method).streams;
    if (std::none_of(streams.begin(), streams.end(),
                     [](const StreamSpec& use) { return use.from_target; })) {
      return "";
    }
    std::vector<std::string> left;
    for (const shard::SplitInfo& split : manifest_.splits) {
      if (split.name != names.source_train && split.name != names.source_test) {
        left.push_back(split.name);
      }
    }
    if (left.size() == 1) return left.front();
    if (left.empty() && !names.source_test.empty()) return names.source_test;
    throw Error(ErrorKind::kUsage,
                fmt::format("--method {} adapts to a target; give --target with one of the splits "
                            "of {}: {}; or train with --method source-only",
                            config_.method, config_.data.string(), listed()));
  }

  std::string listed() const {
    std::string text;
    for (const shard::SplitInfo& split : manifest_.splits) {
      text += fmt::format("{}{}", text.empty() ? "" : ", ", split.name);
    }
    return text;
  }

  const TrainConfig& config_;
  const shard::Manifest& manifest_;
};

}  // namespace

TrainConfig with_data_choices(TrainConfig config, const shard::Manifest& manifest) {
  const shard::PixelFormat& pixels = manifest.pixels;
  if (config.modality.empty()) {
    config.modality = !pixels.has_depth() ? "rgb" : pixels.has_rgb() ? "rgbd" : "depth";
  }
  if (config.method.empty()) config.method = config.modality == "rgbd" ? "rr" : "rotation";
  config = with_depth_input(std::move(config), pixels);
  const SplitChooser chooser(config, manifest);
  const std::string source = chooser.source();
  SplitNames names = chooser.splits_of(source);
  config.source = source;
  config.target = names.target;
  config.names = std::move(names);
  return config;
}

}  // namespace rod::trainer
