// Input pipeline of a training step: one minibatch per stream, in an order determined by (seed,
// stream, step).
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "stream/loader.h"
#include "trainer/config.h"
#include "trainer/input/augment.h"
#include "trainer/input/resident.h"
#include "trainer/input/splits.h"
#include "trainer/input/transfer.h"
#include "trainer/methods/method.h"

namespace rod::trainer {

// Returns the stream's number in StreamOrder and in draw_augmentation(). It is the same in every
// method that uses the stream.
std::uint64_t stream_number(const StreamSpec& use);

// Returns the order of one stream, whose n-th batch belongs to the n-th step.
stream::StreamOrder stream_order(const StreamSpec& use, const Splits& splits,
                                 const TrainConfig& config);

// Prefetches to page-locked memory, copies to the device and transforms; only transforms if the
// splits are resident on the device. Not thread-safe.
class Feed {
 public:
  // Starts at step `first_step`, counted from 0. `slice`: this process's slice of each batch.
  Feed(const std::vector<StreamSpec>& streams, const Splits& splits, const TrainConfig& config,
       const torch::Device& device, std::uint64_t first_step, const stream::Slice& slice = {});
  ~Feed();

  // Returns the next step's minibatches, one for each stream: this process's slice of each. Does
  // not wait for the device's computation.
  // Throws what the loader throws.
  std::vector<Minibatch> next();

  // Returns the seconds that next() has waited for the loader so far.
  double waited() const { return loader_ ? loader_->waited() : 0; }

 private:
  struct Stream {
    StreamSpec use;
    Split split;
    stream::StreamOrder order;
    std::shared_ptr<const ResidentSplit> resident;  // or absent
  };
  stream::Batch numbers(const Stream& stream) const;  // of the step_-th batch: without pixels
  Minibatch minibatch(const Stream& stream, const stream::Batch& batch, const Images& images) const;

  std::vector<Stream> streams_;
  std::uint64_t step_;  // next
  stream::Slice slice_;
  std::shared_ptr<stream::Staging> staging_;
  std::vector<Modality> modalities_;
  std::uint64_t seed_;
  std::int64_t image_size_;
  Appearance appearance_;
  torch::Device device_;
  Transfer transfer_;
  std::unique_ptr<stream::Loader> loader_;
};

}  // namespace rod::trainer
