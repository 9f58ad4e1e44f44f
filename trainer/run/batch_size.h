// Chooses --batch-size, --amp and --concat-batches for the GPU.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>

#include "base/error.h"
#include "shard/manifest.h"
#include "trainer/config.h"

namespace rod::trainer {

// Returns the largest size up to `at_most`, among multiples of 8, then 4 and 2, for which
// try_step(size) does not run out of memory; 0 if there is none. Throws other errors of try_step().
std::uint32_t largest_fitting(std::uint32_t at_most,
                              const std::function<void(std::uint32_t)>& try_step);

// Does the same with full training steps of `config` on `device`, with temporary weights.
std::uint32_t largest_fitting(std::uint32_t at_most, const TrainConfig& config,
                              std::int64_t classes, const torch::Device& device);

// Returns `config` with an --amp other than "auto": that of the run that --resume continues,
// otherwise bf16 on GPUs of compute capability 8.0 and newer, fp16 from 7.0, and off elsewhere.
// Throws the errors of choosing the device and opening the run.
TrainConfig with_amp(TrainConfig config);

// Returns `config` with a batch size: its own or, for kAutoBatch, that of the run that --resume
// continues; otherwise the largest up to the paper's 64 that fits the GPU and the splits.
// `manifest`: of the config's data set. Throws Error(kNoRoom) if nothing fits; the errors of
// opening the splits and the run.
TrainConfig with_batch_size(TrainConfig config, const shard::Manifest& manifest);

// Returns `config` with --concat-batches on or off. "auto" becomes that of the run that --resume
// continues; otherwise on if a GPU launches steps operation by operation, one process trains, and a
// trial step fits in the free memory; a line to `log` says if it does not fit. If it is on and
// --residency auto may also keep pairs on the GPU, step_memory is set to the memory of a step.
// Throws Error(kUsage) for on with --sync-bn. Requires: with_batch_size() and with_amp() were
// applied.
TrainConfig with_concat_batches(TrainConfig config, const shard::Manifest& manifest,
                                const std::function<void(const std::string&)>& log);

// Returns the error for a step of `config` that ran out of memory: kNoRoom, with the batch size
// that fits. `manifest`: as above.
Error out_of_memory_error(const TrainConfig& config, const shard::Manifest& manifest);

}  // namespace rod::trainer
