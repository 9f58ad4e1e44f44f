#include "trainer/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <type_traits>

#include "base/error.h"
#include "base/units.h"

namespace rod::trainer {
namespace {

constexpr std::string_view kStepsSuffix = "steps";

// Checkpoints from before they existed have what is now their default.
constexpr std::string_view kNewerOptions[] = {
    "modality",        "pretrained", "weight-adapt",  "ramp-epochs",
    "order",           "window",     "optimizer",     "schedule",
    "schedule-epochs", "step-size",  "gamma",         "warmup",
    "clip-grad",       "ema",        "color-jitter",  "hue-jitter",
    "grayscale-p",     "erasing-p",  "depth-noise",   "depth-dropout-p",
    "depth-input",     "select",     "concat-batches"};

bool is_newer(const std::string& name) {
  return std::find(std::begin(kNewerOptions), std::end(kNewerOptions), name) !=
         std::end(kNewerOptions);
}

// Calls visit(name, member) for each option that decides the result.
template <typename Config, typename Visit>
void for_each_result_option(Config& config, Visit&& visit) {
  visit("source", config.source);
  visit("target", config.target);
  visit("method", config.method);
  visit("modality", config.modality);
  visit("depth-input", config.depth_input);
  visit("arch", config.arch);
  visit("pretrained", config.pretrained);
  visit("seed", config.seed);
  visit("order", config.order);
  visit("window", config.window);
  visit("batch-size", config.batch_size);
  visit("image-size", config.image_size);
  visit("optimizer", config.optimizer);
  visit("lr", config.lr);
  visit("lr-mult", config.lr_mult);
  visit("weight-decay", config.weight_decay);
  visit("schedule", config.schedule);
  visit("schedule-epochs", config.schedule_epochs);
  visit("step-size", config.step_size);
  visit("gamma", config.gamma);
  visit("warmup", config.warmup);
  visit("clip-grad", config.clip_grad);
  visit("ema", config.ema);
  visit("color-jitter", config.color_jitter);
  visit("hue-jitter", config.hue_jitter);
  visit("grayscale-p", config.grayscale_p);
  visit("erasing-p", config.erasing_p);
  visit("depth-noise", config.depth_noise);
  visit("depth-dropout-p", config.depth_dropout_p);
  visit("dropout-p", config.dropout_p);
  visit("rot-dropout-p", config.rot_dropout_p);
  visit("weight-rot", config.weight_rot);
  visit("weight-ent", config.weight_ent);
  visit("weight-adapt", config.weight_adapt);
  visit("ramp-epochs", config.ramp_epochs);
  visit("sync-bn", config.sync_bn);
  visit("amp", config.amp);
  visit("concat-batches", config.concat_batches);
  visit("select", config.select);
}

// The options that change what is learned, but neither the tensors of a checkpoint nor the order of
// samples.
bool may_change(std::string_view name) {
  constexpr std::string_view kFree[] = {"lr",
                                        "lr-mult",
                                        "weight-decay",
                                        "dropout-p",
                                        "rot-dropout-p",
                                        "weight-rot",
                                        "weight-ent",
                                        "weight-adapt",
                                        "ramp-epochs",
                                        "amp",
                                        "pretrained",
                                        "schedule",
                                        "schedule-epochs",
                                        "step-size",
                                        "gamma",
                                        "warmup",
                                        "clip-grad",
                                        "color-jitter",
                                        "hue-jitter",
                                        "grayscale-p",
                                        "erasing-p",
                                        "depth-noise",
                                        "depth-dropout-p",
                                        "depth-input",
                                        "select",
                                        "concat-batches"};
  return std::find(std::begin(kFree), std::end(kFree), name) != std::end(kFree);
}

}  // namespace

SaveEvery parse_save_every(std::string_view text) {
  SaveEvery every;
  if (!text.ends_with(kStepsSuffix)) {
    every.time = parse_duration(text);
    return every;
  }
  const std::string_view number = text.substr(0, text.size() - kStepsSuffix.size());
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), every.steps);
  if (error != std::errc{} || end != number.data() + number.size() || every.steps == 0) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("'{}' is not understood; write a time such as 10min, or 500steps", text));
  }
  return every;
}

std::vector<std::string> TrainConfig::evaluated_splits() const {
  std::vector<std::string> all;
  for (const std::string& name : {source_test(), target}) {
    if (!name.empty()) all.push_back(name);
  }
  return all;
}

nlohmann::ordered_json result_options(const TrainConfig& config) {
  nlohmann::ordered_json options;
  for_each_result_option(config,
                         [&](const char* name, const auto& value) { options[name] = value; });
  return options;
}

TrainConfig config_from_options(const nlohmann::json& options, const std::string& path) {
  TrainConfig config;
  for_each_result_option(config, [&](const char* name, auto& value) {
    if (is_newer(name) && !options.contains(name)) return;
    try {
      using Value = std::remove_reference_t<decltype(value)>;
      if constexpr (std::is_integral_v<Value> && !std::is_same_v<Value, bool>) {
        value = whole_number<Value>(options.at(name));
      } else {
        options.at(name).get_to(value);
      }
    } catch (const std::exception&) {
      throw BadInput(
          fmt::format("{}: its option '{}' is missing or of the wrong type; the checkpoint "
                      "was not written by this version of rodtrain",
                      path, name));
    }
  });
  return config;
}

std::string options_difference(const nlohmann::json& before, const TrainConfig& now,
                               bool only_binding) {
  const nlohmann::json defaults = result_options({});
  std::string text;
  for_each_result_option(now, [&](const char* name, const auto& value) {
    const nlohmann::json current = value;
    const nlohmann::json previous =
        before.value(name, is_newer(name) ? defaults.at(name) : nlohmann::json());
    if (previous != current && !(only_binding && may_change(name))) {
      text += fmt::format("  --{}: {} in the run so far, {} now\n", name, previous.dump(),
                          current.dump());
    }
  });
  return text;
}

}  // namespace rod::trainer
