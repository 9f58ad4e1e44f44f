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
};

// As in the course's program, --test-batches bounds the source's split alone: the target is
// evaluated as a whole.
EvaluateOptions evaluate_options(const TrainConfig& config, bool is_target,
                                 std::shared_ptr<ProcessGroup> group);

// In evaluation mode on the images' centres, in the split's order, the last batch as small as it
// is. Leaves the network in training mode if it was, and draws nothing at random. Asks `stop`
// before each batch; absent when it said so.
// Errors: the loader's.
std::optional<Evaluation> evaluate(Network& network, const Split& split,
                                   const torch::Device& device, const EvaluateOptions& options,
                                   const std::function<bool()>& stop);

// {"accuracy": …, "samples": …, "per_class": […], "confusion": [[…]]}
nlohmann::ordered_json to_json(const Evaluation& evaluation);

}  // namespace rod::trainer
