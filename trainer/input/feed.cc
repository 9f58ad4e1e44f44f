#include "trainer/input/feed.h"

#include <map>

#include "base/hash.h"
#include "base/machine.h"
#include "trainer/input/augment.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

const Split& split_of(const StreamSpec& use, const Splits& splits) {
  return use.from_target ? splits.target : splits.source_train;
}

}  // namespace

std::uint64_t stream_number(const StreamSpec& use) {
  return hash64(std::string_view(use.name));
}

stream::StreamOrder stream_order(const StreamSpec& use, const Splits& splits,
                                 const TrainConfig& config) {
  const shard::SplitReader& split = *split_of(use, splits);
  stream::StreamOrder order;
  order.samples = split.size();
  order.batch_size = config.batch_size;
  order.kind = stream::order_kind_from_name(config.order);
  order.seed = config.seed;
  order.stream = stream_number(use);
  order.block = split.mean_shard_samples();
  order.window = config.window;
  return order;
}

Feed::Feed(const std::vector<StreamSpec>& streams, const Splits& splits, const TrainConfig& config,
           const torch::Device& device, std::uint64_t first_step, const stream::Slice& slice)
    : step_(first_step),
      slice_(slice),
      staging_(splits.staging),
      modalities_(parse_modalities(config.modality)),
      seed_(config.seed),
      image_size_(config.image_size),
      appearance_(config),
      device_(device),
      transfer_(device, depth_input_from_name(config.depth_input)) {
  std::vector<stream::LoaderStream> sources;
  std::vector<stream::StagedStream> staged;
  std::map<const shard::SplitReader*, std::shared_ptr<const ResidentSplit>> residents;
  for (const StreamSpec& use : streams) {
    stream::LoaderStream source;
    source.split = split_of(use, splits);
    source.order = stream_order(use, splits, config);
    source.first_batch = first_step;
    source.slice = slice;
    source.consumed = std::make_shared<std::atomic<std::uint64_t>>(first_step);
    streams_.push_back({use, split_of(use, splits), source.order, nullptr});
    staged.push_back({source.split->name(), source.order, source.consumed});
    sources.push_back(std::move(source));
  }
  if (staging_) staging_->start(std::move(staged));
  const unsigned threads = thread_count(config.jobs);
  if (splits.residency.kind == stream::Residency::kDevice) {
    for (Stream& stream : streams_) {
      auto& resident = residents[stream.split.get()];
      if (!resident)
        resident = std::make_shared<const ResidentSplit>(stream.split, device, threads,
                                                         depth_input_from_name(config.depth_input));
      stream.resident = resident;
    }
    return;
  }
  stream::LoaderOptions options;
  options.threads = threads;
  options.memory = transfer_.batch_memory();
  loader_ = std::make_unique<stream::Loader>(std::move(sources), options);
}

Feed::~Feed() {
  try {
    transfer_.wait();  // before the loader: copies may still read its memory
  } catch (const c10::Error&) {
    // The GPU failed, which was reported where it was noticed. It reads nothing any more.
  }
  if (staging_) staging_->stop();  // its threads may wait for shards
}

std::vector<Minibatch> Feed::next() {
  transfer_.wait();  // the loader re-uses the memory of the step before
  transfer_.begin_step();
  std::vector<Minibatch> minibatches;
  for (std::size_t s = 0; s < streams_.size(); ++s) {
    const Stream& stream = streams_[s];
    const bool with_labels = stream.use.angles == 1;  // others have the rotation as their label
    if (stream.resident) {
      const stream::Batch batch = numbers(stream);
      minibatches.push_back(
          minibatch(stream, batch, stream.resident->at(batch.sample, with_labels)));
    } else {
      const stream::Batch& batch = *loader_->next(s);
      minibatches.push_back(
          minibatch(stream, batch, transfer_.copy(batch, stream.split->pixels(), with_labels)));
    }
  }
  ++step_;
  return minibatches;
}

stream::Batch Feed::numbers(const Stream& stream) const {
  const stream::StreamOrder& order = stream.order;
  const auto [epoch, n] = order.position(step_);
  stream::Batch batch;
  batch.epoch = epoch;
  batch.position = n + slice_.begin(order.batch_size);
  for (std::uint64_t at = batch.position; at < n + slice_.end(order.batch_size); ++at) {
    batch.sample.push_back(order.sample(epoch, at));
  }
  return batch;
}

Minibatch Feed::minibatch(const Stream& stream, const stream::Batch& batch,
                          const Images& images) const {
  const torch::NoGradGuard no_gradients;
  const auto size = static_cast<std::int64_t>(batch.sample.size());

  Minibatch result;
  result.augment =
      draw_augmentation(seed_, stream_number(stream.use), batch.epoch, batch.position, size,
                        resize_base(image_size_) - image_size_, stream.use.angles);
  const Look look{appearance_, {seed_, stream_number(stream.use), batch.epoch, batch.position}};
  std::vector<torch::Tensor> sources;
  for (const Modality modality : modalities_) {
    sources.push_back(modality == Modality::kRgb ? images.rgb : images.depth);
  }
  const std::vector<torch::Tensor> inputs =
      transform_all(sources, result.augment, modalities_, image_size_, stream.use.angles, &look);
  for (std::size_t i = 0; i < modalities_.size(); ++i) {
    (modalities_[i] == Modality::kRgb ? result.rgb : result.depth) = inputs[i];
  }
  if (stream.use.angles > 1) {
    result.rotations = to_device(result.augment.slice(1, 3), device_);
  }
  result.label = stream.use.angles == 1
                     ? images.label
                     : to_device(relative_rotation(result.augment, stream.use.angles), device_);
  result.index = torch::empty({size}, torch::kInt64);
  for (std::int64_t i = 0; i < size; ++i) {
    result.index.data_ptr<std::int64_t>()[i] =
        static_cast<std::int64_t>(stream.split->line(batch.sample[static_cast<std::size_t>(i)]));
  }
  return result;
}

}  // namespace rod::trainer
