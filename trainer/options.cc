#include "trainer/options.h"

namespace rod {
namespace {

// Batch normalisation in training needs two samples.
constexpr std::uint32_t kMinBatch = 2, kMaxBatch = 1u << 20;
constexpr std::uint32_t kMinImage = 24, kMaxImage = 2048;

}  // namespace

void add_data_options(CLI::App& app, TrainConfig& config) {
  app.add_option("--data,--data-root", config.data, "data set folder, made by rodprep cache")
      ->required();
  app.add_option("--source", config.source,
                 "prefix of the splits with labels: SOURCE-train, SOURCE-test");
  app.add_option("--target", config.target, "split to adapt to, its labels unseen");
}

void add_result_options(CLI::App& app, TrainConfig& config) {
  app.add_option("--method", config.method, "rr: relative rotation; source-only: no adaptation");
  app.add_option(
      "--arch", config.arch,
      "backbone of each modality: resnet10-slim, resnet10, resnet18, resnet34, resnet50");
  app.add_option("--batch-size", config.batch_size, "pairs of each stream per step")
      ->check(CLI::Range(kMinBatch, kMaxBatch));
  app.add_option("--image-size", config.image_size, "pixels per side that the network sees")
      ->check(CLI::Range(kMinImage, kMaxImage));
  app.add_option("--lr", config.lr, "learning rate")->check(CLI::NonNegativeNumber);
  app.add_option("--lr-mult", config.lr_mult, "the heads learn with lr x lr-mult")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--weight-decay", config.weight_decay, "of every parameter")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--dropout-p", config.dropout_p, "dropout in the classifier")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--rot-dropout-p", config.rot_dropout_p, "dropout in the rotation head")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--weight-rot", config.weight_rot, "of the rotation losses")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--weight-ent", config.weight_ent, "of the target's entropy")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--amp", config.amp, "bf16: products and convolutions in bfloat16; off: all in float32")
      ->check(CLI::IsMember({"off", "bf16"}));
  app.add_option("--order", config.order,
                 "full: all pairs mixed; window: shards shuffled, pairs mixed within --window shards, for data larger "
                 "than memory; sequential: as listed")
      ->check(CLI::IsMember({"full", "window", "sequential"}));
  app.add_option("--window", config.window, "shards that --order window mixes at a time")
      ->check(CLI::Range(1u, 1u << 20));
  app.add_option("--seed", config.seed, "of weights, order, augmentation and dropout");
}

void add_device_options(CLI::App& app, std::string& device) {
  CLI::Option* const by_name = app.add_option("--device", device, "auto, cpu, cuda or cuda:N");
  app.add_option_function<unsigned>(
         "--gpu", [&device](unsigned number) { device = "cuda:" + std::to_string(number); },
         "the same as --device cuda:N")
      ->excludes(by_name)
      ->configurable(false);
}

}  // namespace rod
