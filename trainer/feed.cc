#include "trainer/feed.h"

#include "base/hash.h"
#include "base/machine.h"
#include "trainer/augment.h"

namespace rod {
namespace {

const Split& split_of(const StreamUse& use, const Splits& splits) {
  return use.from_target ? splits.target : splits.source_train;
}

}  // namespace

std::uint64_t stream_number(const StreamUse& use) {
  return hash64(std::as_bytes(std::span(std::string_view(use.name))));
}

StreamOrder stream_order(const StreamUse& use, const Splits& splits, const TrainConfig& config) {
  const SplitReader& split = *split_of(use, splits);
  StreamOrder order;
  order.samples = split.size();
  order.batch_size = config.batch_size;
  order.kind = order_kind_from_name(config.order);
  order.seed = config.seed;
  order.stream = stream_number(use);
  order.block = split.mean_shard_samples();
  order.window = config.window;
  return order;
}

Feed::Feed(const std::vector<StreamUse>& streams, const Splits& splits, const TrainConfig& config,
           const torch::Device& device, std::uint64_t first_step, const Slice& slice)
    : seed_(config.seed), image_size_(config.image_size), device_(device), transfer_(device) {
  std::vector<LoaderStream> sources;
  for (const StreamUse& use : streams) {
    streams_.push_back({use, split_of(use, splits)});
    LoaderStream source;
    source.split = split_of(use, splits);
    source.order = stream_order(use, splits, config);
    source.first_batch = first_step;
    source.slice = slice;
    sources.push_back(std::move(source));
  }
  LoaderOptions options;
  options.threads = thread_count(config.jobs);
  options.memory = transfer_.batch_memory();
  loader_ = std::make_unique<Loader>(std::move(sources), options);
}

std::vector<Minibatch> Feed::next() {
  transfer_.wait();  // the loader re-uses the memory of the step before
  std::vector<Minibatch> minibatches;
  for (std::size_t s = 0; s < streams_.size(); ++s) {
    minibatches.push_back(minibatch(streams_[s], *loader_->next(s)));
  }
  return minibatches;
}

Minibatch Feed::minibatch(const Stream& stream, const Batch& batch) {
  const torch::NoGradGuard no_gradients;
  const auto size = static_cast<std::int64_t>(batch.sample.size());
  const Images images = transfer_.copy(batch, stream.split->pixels());

  Minibatch result;
  result.augment =
      draw_augmentation(seed_, stream_number(stream.use), batch.epoch, batch.position, size,
                        resize_base(image_size_) - image_size_, stream.use.rotated);
  result.rgb = transform(images.rgb, result.augment, Modality::kRgb, image_size_);
  result.depth = transform(images.depth, result.augment, Modality::kDepth, image_size_);
  result.label = stream.use.rotated
                     ? relative_rotation(result.augment).to(device_, /*non_blocking=*/true)
                     : images.label;
  result.index = torch::empty({size}, torch::kInt64);
  for (std::int64_t i = 0; i < size; ++i) {
    result.index.data_ptr<std::int64_t>()[i] =
        static_cast<std::int64_t>(stream.split->line(batch.sample[static_cast<std::size_t>(i)]));
  }
  return result;
}

}  // namespace rod
