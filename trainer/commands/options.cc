#include "trainer/commands/options.h"

#include "cli/command_line.h"
#include "trainer/criteria/criterion.h"
#include "trainer/methods/method.h"

namespace rod::trainer {
namespace {

// Batch normalisation in training needs two samples.
constexpr std::uint32_t kMinBatch = 2, kMaxBatch = 1u << 20;
constexpr std::uint32_t kMinImage = 24, kMaxImage = 2048;

// Turns "auto" into kAutoBatch; an error text for what is no batch size.
std::string read_batch_size(std::string& text) {
  if (text == "auto") {
    text = std::to_string(kAutoBatch);
    return "";
  }
  return CLI::Range(kMinBatch, kMaxBatch)(text);
}

// "0" is "cuda:0".
std::string read_device(std::string& text) {
  const bool is_number = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  if (is_number) text = "cuda:" + text;
  return "";
}

std::string method_list() {
  std::string text = "what is learnt; default: rr, or rotation of one modality alone";
  for (const Method* method : all_methods()) {
    text += std::string(";\n") + method->name + ": " + method->summary;
  }
  return text;
}

}  // namespace

void add_data_options(CLI::App& app, TrainConfig& config) {
  app.add_option("--data,--data-root", config.data,
                 "data set folder, made by rodprep cache, or its address (https://…, s3://…), from "
                 "which shards are copied to --local-dir")
      ->required();
  add_address_options(app, config);
  config.source.clear();
  config.target.clear();
  app.add_option("--source", config.source,
                 "split with labels to train on, or the prefix of SOURCE-train and SOURCE-test; "
                 "default: synROD, or the one train split there is");
  app.add_option("--target", config.target,
                 "split to adapt to, its labels unseen; default: ROD, or the one split that is "
                 "left; source-only needs none");
}

void add_address_options(CLI::App& app, TrainConfig& config) {
  cli::add_address_options(app, config.remote.allow_redirects, config.remote.s3.endpoint,
                           config.remote.s3.region);
}

void open_data_address(TrainConfig& config, int argc, char** argv) {
  io::hide_credentials(argc, argv);
  if (!io::is_address(config.data)) return;
  config.dataset = io::data_folder(config.data, config.remote);
  config.data = config.dataset.name;
}

void add_result_options(CLI::App& app, TrainConfig& config) {
  config.method.clear();
  app.add_option("--method", config.method, method_list());
  config.modality.clear();
  app.add_option("--modality", config.modality,
                 "what the network sees: rgbd, rgb or depth; default: rgbd, or rgb where the data "
                 "set has no depth")
      ->check(CLI::IsMember({"rgbd", "rgb", "depth"}));
  app.add_option("--depth-input", config.depth_input,
                 "what the network sees of depth: stored, 8-bit colours as they are; of 16-bit "
                 "depth normals, the surface normals that rodprep cache --depth normals would "
                 "store and the default; gray, black at the nearest to white; jet, red at the "
                 "nearest to blue")
      ->check(CLI::IsMember({"stored", "normals", "gray", "jet"}));
  app.add_option(
      "--arch", config.arch,
      "backbone of each modality: resnet10-slim, resnet10, resnet18, resnet34, resnet50");
  app.add_option("-b,--batch-size", config.batch_size,
                 "pairs of each stream per step; auto: the largest up to 64 that fits into the GPU")
      ->transform(CLI::Validator(read_batch_size, "NUMBER or auto"));
  app.add_option("--image-size", config.image_size, "pixels per side that the network sees")
      ->check(CLI::Range(kMinImage, kMaxImage));
  app.add_option("--optimizer", config.optimizer,
                 "sgd: with momentum 0.9, as in the paper; adamw: betas 0.9 and 0.999")
      ->check(CLI::IsMember({"sgd", "adamw"}));
  app.add_option("--lr", config.lr, "learning rate");
  app.add_option("--lr-mult", config.lr_mult, "the heads learn with lr x lr-mult");
  app.add_option("--weight-decay,--wd", config.weight_decay, "of every parameter");
  app.add_option("--clip-grad", config.clip_grad,
                 "scale gradients down to this norm of all of them together, and log the norm; a "
                 "large value only logs it; 0: off")
      ->check(CLI::Range(0.0, 1e30));
  app.add_option("--ema", config.ema,
                 "evaluate, and keep as the best, an exponential moving average of the weights "
                 "with this decay, such as 0.999; 0: the weights themselves")
      ->check(CLI::Range(0.0, 0.9999999));
  app.add_option("--color-jitter", config.color_jitter,
                 "change brightness, contrast and saturation of RGB by up to this share, such as "
                 "0.4, as torchvision's ColorJitter does; 0: off")
      ->check(CLI::Range(0.0, 10.0));
  app.add_option("--hue-jitter", config.hue_jitter,
                 "change the hue of RGB by up to this share of the circle; 0: off")
      ->check(CLI::Range(0.0, 0.5));
  app.add_option("--grayscale-p", config.grayscale_p, "probability that RGB becomes grey")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--erasing-p", config.erasing_p,
                 "probability that a rectangle is erased, of RGB and of depth each")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--depth-noise", config.depth_noise,
                 "standard deviation of noise in depth images, as a share of their range, such as "
                 "0.05; 0: off")
      ->check(CLI::Range(0.0, 10.0));
  app.add_option("--depth-dropout-p", config.depth_dropout_p,
                 "probability of each pixel of a depth image to be missing, that is 0")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--dropout-p", config.dropout_p, "dropout in the classifier")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--rot-dropout-p", config.rot_dropout_p, "dropout in the rotation head")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--weight-rot", config.weight_rot, "of the rotation losses");
  app.add_option("--weight-ent", config.weight_ent,
                 "of the target's entropy, in the methods with rotations");
  app.add_option("--weight-adapt", config.weight_adapt,
                 "of the loss of dann, mmd and afn, times what its paper takes");
  app.add_option("--ramp-epochs", config.ramp_epochs,
                 "dann: over which the weight rises from 0; 0: it is whole from the start");
  app.add_option("--amp", config.amp,
                 "products and convolutions in 16 bits: bf16, or fp16 for GPUs before Ampere (T4); "
                 "auto: what suits the GPU, and in a resumed run what it began with; off: all in "
                 "float32")
      ->check(CLI::IsMember({"auto", "off", "bf16", "fp16"}));
  app.add_option("--order", config.order,
                 "full: all pairs mixed; window: shards shuffled, pairs mixed within --window "
                 "shards, for data larger "
                 "than memory; sequential: as listed")
      ->check(CLI::IsMember({"full", "window", "sequential"}));
  app.add_option("--window", config.window, "shards that --order window mixes at a time")
      ->check(CLI::Range(1u, 1u << 20));
  app.add_flag(
      "--sync-bn", config.sync_bn,
      "batch normalisation over the whole batch of several processes, not over each one's part; on "
      "a CPU one, two and four processes then train the same bits, each on one thread");
  std::vector<std::string> criteria;
  std::string summaries;
  for (const Criterion* criterion : all_criteria()) {
    criteria.emplace_back(criterion->name);
    summaries += std::string("; ") + criterion->name + ": " + criterion->summary;
  }
  app.add_option("--select", config.select,
                 "what chooses best_unlabelled.safetensors without the target's labels" + summaries)
      ->check(CLI::IsMember(criteria));
  app.add_option("--seed", config.seed, "of weights, order, augmentation and dropout");
}

void add_loading_options(CLI::App& app, TrainConfig& config) {
  app.add_option("--residency", config.residency,
                 "where pairs stay: stream, read again each epoch; ram, decoded in memory; device, "
                 "decoded on the GPU; "
                 "auto: as free memory allows")
      ->check(CLI::IsMember({"auto", "stream", "ram", "device"}));
  app.add_option("--local-dir", config.local_dir,
                 "folder on this machine's disk: shards on a slow drive are copied to it, the "
                 "soonest needed first, and "
                 "checkpoints wait in it for the run folder's drive")
      ->type_name("DIR");
  cli::add_size(app, "--local-limit", config.local_limit,
                "most that the copies take; default: what is free, less 1 GiB");
}

void add_device_options(CLI::App& app, std::string& device, bool& tf32) {
  CLI::Option* const by_name =
      app.add_option("--device", device, "auto, cpu, cuda or cuda:N; N is cuda:N")
          ->transform(CLI::Validator(read_device, ""));
  app.add_option_function<unsigned>(
         "--gpu", [&device](unsigned number) { device = "cuda:" + std::to_string(number); },
         "the same as --device cuda:N")
      ->excludes(by_name)
      ->configurable(false);
  app.add_option("--tf32", tf32,
                 "on: convolutions in float32 may use TensorFloat-32 on GPUs that have it (A100, "
                 "L4 and newer), as PyTorch does; off: full float32, slower")
      ->type_name("on|off");
}

void add_cuda_graphs_option(CLI::App& app, std::string& cuda_graphs) {
  app.add_option("--cuda-graphs", cuda_graphs,
                 "auto: on a GPU, steps are recorded once and then launched as a whole, where that "
                 "is possible; off: operation by operation; on: as auto, or an error")
      ->check(CLI::IsMember({"auto", "on", "off"}));
}

}  // namespace rod::trainer
