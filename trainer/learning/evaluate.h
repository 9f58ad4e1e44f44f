// How well a network classifies a split.
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
  double accuracy() const;  // in 0-1, of all samples; 0 when there are none
  std::optional<double> accuracy(std::size_t label) const;  // absent when no sample has this label
};

struct EvaluateOptions {
  std::uint32_t batch_size = 64;
  std::uint64_t max_batches = 0;                 // 0: the whole split
  unsigned threads = 1;                          // that read
  DepthInput depth_input = DepthInput::kStored;  // of 16-bit depth
  // Its processes call it together, each with a slice of every batch; null: this process alone.
  std::shared_ptr<ProcessGroup> group = nullptr;
  bool keep_logits = false;        // in the Evaluation
  std::int64_t keep_features = 0;  // of so many samples, in the Evaluation
};

inline constexpr std::int64_t kFeaturedSamples = 1000;  // of a split, in reports

// As in the course's program, --test-batches bounds the source's split alone: the target is
// evaluated as a whole.
EvaluateOptions evaluate_options(const TrainConfig& config, bool is_target,
                                 std::shared_ptr<ProcessGroup> group);

// One batch of an evaluation, on the device.
struct Outputs {
  std::int64_t first;    // the split's number of the first of the batch's samples
  torch::Tensor feat;    // [B,MF] f32, as Features::feat
  torch::Tensor logits;  // [B,classes] f32
};

// Calls `visit` with the network's outputs for the split's samples in its order, the last batch as
// small as it is: in evaluation mode, on the images' centres. Leaves the network in training mode
// if it was, and draws nothing at random. With a group, each process visits its slice of each
// batch. Asks `stop` before each batch, and returns false when it said so. Throws the loader's
// errors.
bool for_each_output(Network& network, const Split& split, const torch::Device& device,
                     const EvaluateOptions& options, const std::function<bool()>& stop,
                     const std::function<void(const Outputs&)>& visit);

// Returns how answers compare with the labels of the split's first samples. Throws Error(kFailed)
// if an answer is no class: a device that fails may return anything. Requires: answers is [n] i64
// on the CPU.
Evaluation count_answers(const shard::SplitReader& split, std::int64_t classes,
                         const torch::Tensor& answers);

// Returns how for_each_output()'s answers compare with the labels; nothing when it was stopped.
std::optional<Evaluation> evaluate(Network& network, const Split& split,
                                   const torch::Device& device, const EvaluateOptions& options,
                                   const std::function<bool()>& stop);

// {"accuracy": …, "samples": …, "per_class": […], "confusion": [[…]]}
nlohmann::ordered_json to_json(const Evaluation& evaluation);

}  // namespace rod::trainer
