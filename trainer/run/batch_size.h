// How many pairs fit into the GPU's memory.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>

#include "base/error.h"
#include "trainer/config.h"

namespace rod::trainer {

// Of multiples of 8, then 4 and 2, not above `at_most`: the largest for which try_step(size) does
// not throw that memory ran out; 0 when none does. What else it throws goes through.
std::uint32_t largest_fitting(std::uint32_t at_most,
                              const std::function<void(std::uint32_t)>& try_step);

// The same with whole training steps of `config` on `device`. Weights are made and thrown away.
std::uint32_t largest_fitting(std::uint32_t at_most, const TrainConfig& config,
                              std::int64_t classes, const torch::Device& device);

// `config` with an --amp other than "auto": that of the run that --resume continues, or else bf16
// on GPUs of compute capability 8.0 and newer, fp16 from 7.0 on, off elsewhere. Errors: those of
// choosing the device and opening the run.
TrainConfig with_amp(TrainConfig config);

// `config` with a batch size: its own, or for kAutoBatch that of the run that --resume goes on
// with, or else the paper's 64 or what fits of it, into the GPU and into the splits. Errors:
// kNoRoom when nothing fits; those of opening the data set and the run.
TrainConfig with_batch_size(TrainConfig config);

// What to say when a step of `config` did not fit: kNoRoom, with the batch size that does.
Error out_of_memory_error(const TrainConfig& config);

}  // namespace rod::trainer
