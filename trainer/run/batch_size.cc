#include "trainer/run/batch_size.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "trainer/checkpoint/run_folder.h"
#include "trainer/input/splits.h"
#include "trainer/learning/learner.h"
#include "trainer/process_group/process_group.h"
#include "trainer/tensor/cuda_graph.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

constexpr std::uint32_t kPaperBatch = 64;
constexpr std::uint32_t kMultiple = 8;  // GPUs compute in tiles
constexpr int kSteps = 2;               // the second also has the first one's gradients to free

// What a network sees has no influence on how much memory it takes.
std::vector<Minibatch> blank_batches(const Method& method, const TrainConfig& config,
                                     std::uint32_t size, const torch::Device& device) {
  const auto batch = static_cast<std::int64_t>(size),
             side = static_cast<std::int64_t>(config.image_size);
  Minibatch blank;
  blank.rgb = torch::zeros({batch, 3, side, side}, torch::dtype(torch::kFloat).device(device));
  blank.depth = torch::zeros_like(blank.rgb);
  blank.label = torch::zeros({batch}, torch::dtype(torch::kLong).device(device));
  blank.index = torch::zeros({batch}, torch::kLong);
  blank.augment = torch::zeros({batch, 5}, torch::kLong);
  blank.rotations = torch::zeros({batch, 2}, blank.label.options());
  std::vector<Minibatch> batches;
  for (std::size_t i = 0; i < method.streams.size(); ++i) {
    batches.push_back(blank);
    batches.back().rgb = blank.rgb.clone();
    batches.back().depth = blank.depth.clone();
  }
  return batches;
}

// Performs some steps with temporary weights. Throws c10::Error.
void try_steps(std::uint32_t batch_size, const TrainConfig& config, std::int64_t classes,
               const torch::Device& device) {
  Learner learner = make_learner(config, classes, device);
  for (int step = 0; step < kSteps; ++step) {
    learner.step(config.seed, 0, blank_batches(learner.method, config, batch_size, device));
  }
  synchronize(device);
}

// Whether memory suffices for what `action` does.
template <typename Action>
bool has_memory_for(const Action& action) {
  try {
    action();
    return true;
  } catch (const c10::Error& error) {
    if (!is_out_of_memory(error)) throw;
    return false;
  }
}

// The GPU memory that a step takes beyond what is in use, 0 where the device does not tell;
// nothing if it does not fit.
std::optional<std::uint64_t> measure_step_memory(const TrainConfig& config, std::int64_t classes,
                                                 const torch::Device& device) {
  release_cached_memory(device);
  const auto before = gpu_memory(device);
  const std::uint32_t slice = config.batch_size / ProcessGroup::expected();
  const bool fits = has_memory_for([&] { try_steps(slice, config, classes, device); });
  const auto after = gpu_memory(device);  // LibTorch's allocator has kept what the steps took
  release_cached_memory(device);
  if (!fits) return std::nullopt;
  return before && after && after->used > before->used ? after->used - before->used : 0;
}

// Whether --concat-batches auto is on, given the memory.
bool may_concat(const TrainConfig& config) {
  if (config.sync_bn || ProcessGroup::expected() > 1) return false;
  if (find_method(config.method).streams.size() == 1) return false;
  const torch::Device device = choose_device(config.device);
  return !device.is_cpu() && !runs_as_cuda_graph(config, device);
}

// What the run to be resumed was trained with.
std::optional<TrainConfig> config_so_far(const TrainConfig& config) {
  if (!config.resume || !std::filesystem::exists(config.logdir)) return std::nullopt;
  const auto head = newest_head(config.logdir, config.local_dir);
  if (!head) return std::nullopt;
  return config_from_options(head->options, config.logdir.string());
}

}  // namespace

std::uint32_t largest_fitting(std::uint32_t at_most,
                              const std::function<void(std::uint32_t)>& try_step) {
  std::vector<std::uint32_t> sizes = {at_most};
  for (std::uint32_t size = at_most / kMultiple * kMultiple; size >= kMultiple; size -= kMultiple) {
    if (size < at_most) sizes.push_back(size);
  }
  for (const std::uint32_t size : {4u, 2u}) {
    if (size < at_most) sizes.push_back(size);
  }
  for (const std::uint32_t size : sizes) {
    if (has_memory_for([&] { try_step(size); })) return size;
  }
  return 0;
}

std::uint32_t largest_fitting(std::uint32_t at_most, const TrainConfig& config,
                              std::int64_t classes, const torch::Device& device) {
  const std::uint32_t fits = largest_fitting(
      at_most, [&](std::uint32_t size) { try_steps(size, config, classes, device); });
  release_cached_memory(device);  // which would count as used when residency is chosen
  return fits;
}

TrainConfig with_amp(TrainConfig config) {
  if (config.amp != "auto") return config;
  if (const auto before = config_so_far(config)) {
    config.amp = before->amp;
    return config;
  }
  const auto capability = compute_capability(choose_device(config.device));
  config.amp = !capability                              ? "off"
               : *capability >= ComputeCapability{8, 0} ? "bf16"
               : *capability >= ComputeCapability{7, 0} ? "fp16"
                                                        : "off";
  return config;
}

TrainConfig with_batch_size(TrainConfig config, const shard::Manifest& manifest) {
  if (config.batch_size != kAutoBatch) return config;
  if (const auto before = config_so_far(config)) {
    config.batch_size = before->batch_size;
    return config;
  }
  config.batch_size = 1;  // fits into every split
  const Splits splits = open_splits(config, manifest);
  std::uint64_t pairs = std::min(std::uint64_t{kPaperBatch}, splits.source_train->size());
  if (splits.target) pairs = std::min(pairs, splits.target->size());
  config.batch_size = static_cast<std::uint32_t>(pairs);
  const torch::Device device = choose_device(config.device);
  if (device.is_cpu()) return config;
  config.batch_size = largest_fitting(config.batch_size, config,
                                      static_cast<std::int64_t>(manifest.classes.size()), device);
  if (config.batch_size == 0) {
    throw Error(ErrorKind::kNoRoom,
                "--batch-size auto: not even 2 pairs fit into the GPU's memory; use a "
                "smaller --arch or --image-size");
  }
  return config;
}

TrainConfig with_concat_batches(TrainConfig config, const shard::Manifest& manifest,
                                const std::function<void(const std::string&)>& log) {
  if (config.concat_batches == "on" && config.sync_bn) {
    throw Error(ErrorKind::kUsage,
                "--concat-batches on: not possible with --sync-bn; use auto or off");
  }
  bool given = config.concat_batches != "auto";
  if (!given) {
    const auto before = config_so_far(config);
    config.concat_batches = before ? before->concat_batches : may_concat(config) ? "on" : "off";
    given = before.has_value();
  }
  if (config.concat_batches == "off") return config;
  const torch::Device device = choose_device(config.device);
  if (device.is_cpu() || (given && config.residency != "auto")) return config;
  const auto classes = static_cast<std::int64_t>(manifest.classes.size());
  if (const auto memory = measure_step_memory(config, classes, device)) {
    config.step_memory = *memory;
  } else if (!given) {
    log("--concat-batches auto: off, a step's batches do not fit in memory all at once");
    config.concat_batches = "off";
  }
  return config;
}

Error out_of_memory_error(const TrainConfig& config, const shard::Manifest& manifest) {
  const auto classes = static_cast<std::int64_t>(manifest.classes.size());
  const torch::Device device = choose_device(config.device);
  const std::uint32_t processes = ProcessGroup::expected(), slice = config.batch_size / processes;
  const std::uint32_t fits =
      processes * (slice <= 2 ? 0 : largest_fitting(slice - 1, config, classes, device));
  std::string advice = fits == 0 ? "no smaller one does: use a smaller --arch or --image-size, or "
                                   "stop other programs that use it"
                                 : fmt::format("{} does: give --batch-size {}{}", fits, fits,
                                               processes == 1 ? ", or auto" : "");
  if (config.concat_batches == "on")
    advice += "; or run a step's batches one after the other: --concat-batches off";
  if (device.is_cuda() && (config.residency == "auto" || config.residency == "device"))
    advice += "; or keep no pairs on the GPU: --residency stream";
  return Error(ErrorKind::kNoRoom,
               fmt::format("a step with --batch-size {} does not fit into memory; {}",
                           config.batch_size, advice));
}

}  // namespace rod::trainer
