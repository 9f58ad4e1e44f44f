// Evaluates how well a network classifies a split.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "trainer/config.h"
#include "trainer/input/depth_input.h"
#include "trainer/input/splits.h"
#include "trainer/network/network.h"
#include "trainer/process_group/process_group.h"

namespace rod::trainer {

struct Evaluation {
  std::vector<std::vector<std::uint64_t>>
      confusion;                      // [classes][classes]: by label, then by answer
  std::vector<std::int64_t> answers;  // [samples]: to the split's first samples, in its order

  torch::Tensor logits;  // [samples,classes] f32, CPU; undefined without keep_logits
  // Of some samples, evenly spaced: [K,MF] f32 as Features::feat, and their numbers within the
  // split, [K] i64; CPU; undefined without keep_features.
  torch::Tensor features, featured;

  std::uint64_t not_scored = 0;  // samples of classes that the network does not know

  std::uint64_t samples() const;  // that are scored
  std::uint64_t samples(std::size_t label) const;
  double accuracy() const;  // in 0-1, of all samples; 0 if there are none
  std::optional<double> accuracy(std::size_t label) const;  // absent if no sample has this label
};

struct EvaluateOptions {
  std::uint32_t batch_size = 64;
  std::uint64_t max_batches = 0;                 // 0: the whole split
  unsigned threads = 1;                          // for reading
  DepthInput depth_input = DepthInput::kStored;  // of 16-bit depth
  // All its processes evaluate together, each with a slice of every batch; null: only this process.
  std::shared_ptr<ProcessGroup> group = nullptr;
  bool keep_logits = false;        // in the Evaluation
  std::int64_t keep_features = 0;  // of this many samples, in the Evaluation
};

inline constexpr std::int64_t kFeaturedSamples = 1000;  // of a split, in reports

// As in the course's program, --test-batches limits only the source's split; the target is
// evaluated completely.
EvaluateOptions evaluate_options(const TrainConfig& config, bool is_target,
                                 std::shared_ptr<ProcessGroup> group);

// One batch of an evaluation, on the device.
struct Outputs {
  std::int64_t first;    // the split's number of the first of the batch's samples
  torch::Tensor feat;    // [B,MF] f32, as Features::feat
  torch::Tensor logits;  // [B,classes] f32
};

// Calls `visit` with the network's outputs for the split's samples in order, in evaluation mode, on
// the images' centres. The last batch may be smaller. Restores training mode if it was set, and
// draws no random numbers. With a group, each process visits its slice of each batch. Calls `stop`
// before each batch, and returns false if it returned true. Throws the loader's errors.
bool for_each_output(Network& network, const Split& split, const torch::Device& device,
                     const EvaluateOptions& options, const std::function<bool()>& stop,
                     const std::function<void(const Outputs&)>& visit);

// Returns how answers compare with the labels of the split's first samples. Throws Error(kFailed)
// if an answer is not a class, because a faulty device may return anything. Requires: answers is
// [n] i64 on the CPU.
Evaluation count_answers(const shard::SplitReader& split, std::int64_t classes,
                         const torch::Tensor& answers);

// Returns how for_each_output()'s answers compare with the labels; nothing if `stop` ended it.
std::optional<Evaluation> evaluate(Network& network, const Split& split,
                                   const torch::Device& device, const EvaluateOptions& options,
                                   const std::function<bool()>& stop);

// {"accuracy": …, "samples": …, "per_class": […], "confusion": [[…]]}
nlohmann::ordered_json to_json(const Evaluation& evaluation);

}  // namespace rod::trainer
