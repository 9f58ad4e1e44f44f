#include "trainer/learning/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/machine.h"
#include "stream/loader.h"
#include "trainer/input/augment.h"
#include "trainer/input/transfer.h"
#include "trainer/learning/distribute.h"
#include "trainer/tensor/device.h"
#include "trainer/tensor/evenly_spaced.h"

namespace rod::trainer {
namespace {

// Sets evaluation mode for as long as it lives.
class EvaluationMode {
 public:
  explicit EvaluationMode(Network& network)
      : network_(network), was_training_(network->is_training()) {
    network_->eval();
  }
  ~EvaluationMode() { network_->train(was_training_); }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  Network& network_;
  const bool was_training_;
};

stream::LoaderStream one_pass(const Split& split, const EvaluateOptions& options) {
  stream::LoaderStream stream;
  stream.split = split;
  stream.order.samples = split->size();
  stream.order.batch_size =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(options.batch_size, split->size()));
  stream.order.kind = stream::OrderKind::kSequential;
  const std::uint64_t whole =
      (split->size() + stream.order.batch_size - 1) / stream.order.batch_size;
  stream.batches = options.max_batches == 0 ? whole : std::min(whole, options.max_batches);
  stream.partial_last = true;
  if (options.group) stream.slice = options.group->slice();
  return stream;
}

// The features of some samples, gathered batch by batch on the device.
class FeatureRows {
 public:
  FeatureRows(std::int64_t samples, std::int64_t most, std::int64_t width,
              const torch::Device& device)
      : numbers_(evenly_spaced(samples, most)),
        numbers_there_(to_device(numbers_, device)),
        rows_(torch::zeros({numbers_.size(0), width}, torch::dtype(torch::kFloat).device(device))) {
  }

  void add(const Outputs& outputs) {
    const std::int64_t begin = row_from(outputs.first),
                       end = row_from(outputs.first + outputs.feat.size(0));
    if (begin == end) return;
    const torch::Tensor wanted = numbers_there_.narrow(0, begin, end - begin) - outputs.first;
    rows_.narrow(0, begin, end - begin).copy_(outputs.feat.index_select(0, wanted));
  }

  torch::Tensor& rows() { return rows_; }  // zero for the samples of other processes
  const torch::Tensor& numbers() const { return numbers_; }

 private:
  // The first row whose sample is `sample` or one after it.
  std::int64_t row_from(std::int64_t sample) const {
    const std::int64_t* first = numbers_.data_ptr<std::int64_t>();
    return std::lower_bound(first, first + numbers_.size(0), sample) - first;
  }

  const torch::Tensor numbers_, numbers_there_;  // [K] i64, on the CPU and on the device
  torch::Tensor rows_;                           // [K,MF] f32, on the device
};

// How many of the split's first samples one_pass() visits.
std::int64_t samples_of(const Split& split, const EvaluateOptions& options) {
  const stream::LoaderStream pass = one_pass(split, options);
  return static_cast<std::int64_t>(std::min(split->size(), *pass.batches * pass.order.batch_size));
}

}  // namespace

std::uint64_t Evaluation::samples(std::size_t label) const {
  return std::accumulate(confusion[label].begin(), confusion[label].end(), std::uint64_t{0});
}

std::uint64_t Evaluation::samples() const {
  std::uint64_t sum = 0;
  for (std::size_t label = 0; label < confusion.size(); ++label) sum += samples(label);
  return sum;
}

double Evaluation::accuracy() const {
  std::uint64_t right = 0;
  for (std::size_t label = 0; label < confusion.size(); ++label) right += confusion[label][label];
  return samples() == 0 ? 0 : double(right) / double(samples());
}

std::optional<double> Evaluation::accuracy(std::size_t label) const {
  if (samples(label) == 0) return std::nullopt;
  return double(confusion[label][label]) / double(samples(label));
}

EvaluateOptions evaluate_options(const TrainConfig& config, bool is_target,
                                 std::shared_ptr<ProcessGroup> group) {
  return {config.batch_size,
          is_target ? 0 : config.test_batches,
          thread_count(config.jobs),
          depth_input_from_name(config.depth_input),
          std::move(group),
          /*keep_logits=*/is_target,
          /*keep_features=*/kFeaturedSamples};
}

bool for_each_output(Network& network, const Split& split, const torch::Device& device,
                     const EvaluateOptions& options, const std::function<bool()>& stop,
                     const std::function<void(const Outputs&)>& visit) {
  const torch::NoGradGuard no_gradients;
  const EvaluationMode mode(network);
  const std::int64_t image_size = network->options().image_size;
  const std::int64_t margin = resize_base(image_size) - image_size;
  Transfer transfer(device, options.depth_input);
  stream::LoaderOptions loader_options;
  loader_options.threads = options.threads;
  loader_options.memory = transfer.batch_memory();
  stream::Loader loader({one_pass(split, options)}, loader_options);
  if (options.group) broadcast_buffers(*options.group, network);

  while (const stream::Batch* batch = loader.next(0)) {
    if (options.group ? options.group->all_reduce_max(stop()) : stop()) return false;
    if (batch->sample.empty()) continue;  // a small last batch may have nothing for this process
    const Images images = transfer.copy(*batch, split->pixels());
    const torch::Tensor augment =
        center_augmentation(static_cast<std::int64_t>(batch->sample.size()), margin);
    torch::Tensor rgb, depth;
    for (const Modality modality : network->options().modalities) {
      const bool is_rgb = modality == Modality::kRgb;
      (is_rgb ? rgb : depth) =
          transform(is_rgb ? images.rgb : images.depth, augment, modality, image_size);
    }
    const torch::Tensor feat = network->features(rgb, depth).feat;
    visit({static_cast<std::int64_t>(batch->position), feat, network->classify(feat)});
    transfer.wait();
  }
  return true;
}

Evaluation count_answers(const shard::SplitReader& split, std::int64_t classes,
                         const torch::Tensor& answers) {
  Evaluation evaluation;
  evaluation.confusion.assign(static_cast<std::size_t>(classes),
                              std::vector<std::uint64_t>(static_cast<std::size_t>(classes)));
  const std::int64_t* answer = answers.data_ptr<std::int64_t>();
  evaluation.answers.assign(answer, answer + answers.numel());
  for (std::uint64_t n = 0; n < static_cast<std::uint64_t>(answers.size(0)); ++n) {
    if (answer[n] < 0 || answer[n] >= classes) {
      throw Error(
          ErrorKind::kFailed,
          fmt::format("split {}, sample {}: the device returned class {}, expected 0 to {}; the "
                      "device is faulty: run the same command again or on another one",
                      split.name(), n, answer[n], classes - 1));
    }
    const std::int64_t label = split.label(n);
    if (label < 0) {
      ++evaluation.not_scored;
      continue;
    }
    ++evaluation.confusion[static_cast<std::size_t>(label)][static_cast<std::size_t>(answer[n])];
  }
  return evaluation;
}

std::optional<Evaluation> evaluate(Network& network, const Split& split,
                                   const torch::Device& device, const EvaluateOptions& options,
                                   const std::function<bool()>& stop) {
  // Counted at the end: nothing here waits for the device. Zero for the samples of other processes.
  const torch::Tensor answers =
      torch::zeros({samples_of(split, options)}, torch::dtype(torch::kLong).device(device));
  torch::Tensor logits;
  if (options.keep_logits)
    logits = torch::zeros({answers.size(0), network->options().classes},
                          torch::dtype(torch::kFloat).device(device));
  const NetworkOptions& shape = network->options();
  const std::int64_t width =
      find_arch(shape.arch).features() * static_cast<std::int64_t>(shape.modalities.size());
  FeatureRows features(answers.size(0), options.keep_features, width, device);
  const auto note = [&](const Outputs& outputs) {
    features.add(outputs);
    if (options.keep_logits)
      logits.narrow(0, outputs.first, outputs.logits.size(0)).copy_(outputs.logits);
    answers.narrow(0, outputs.first, outputs.logits.size(0)).copy_(outputs.logits.argmax(1));
  };
  if (!for_each_output(network, split, device, options, stop, note)) return std::nullopt;
  if (options.group) {
    options.group->all_reduce(answers);
    if (options.keep_logits) options.group->all_reduce(logits);
    if (options.keep_features > 0) options.group->all_reduce(features.rows());
  }
  Evaluation evaluation =
      count_answers(*split, network->options().classes, answers.to(torch::kCPU));
  if (options.keep_logits) evaluation.logits = logits.to(torch::kCPU);
  if (options.keep_features > 0) {
    evaluation.features = features.rows().to(torch::kCPU);
    evaluation.featured = features.numbers();
  }
  return evaluation;
}

nlohmann::ordered_json to_json(const Evaluation& evaluation) {
  nlohmann::ordered_json per_class = nlohmann::ordered_json::array();
  for (std::size_t label = 0; label < evaluation.confusion.size(); ++label) {
    const auto accuracy = evaluation.accuracy(label);
    per_class.push_back(accuracy ? nlohmann::ordered_json(*accuracy) : nlohmann::ordered_json());
  }
  return {{"accuracy", evaluation.accuracy()},
          {"samples", evaluation.samples()},
          {"per_class", per_class},
          {"confusion", evaluation.confusion}};
}

}  // namespace rod::trainer
