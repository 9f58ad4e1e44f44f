#include "trainer/commands/commands.h"

#include <chrono>

#include "cli/command_line.h"
#include "io/retry.h"
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
  std::string text = "training method; default: rr, or rotation for a single modality";
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
                 "default: synROD, or the only train split");
  app.add_option("--target", config.target,
                 "split to adapt to, its labels unseen; default: ROD, or the only remaining split; "
                 "source-only needs none");
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

io::DataFolder open_data_to_read(TrainConfig& config, int argc, char** argv,
                                 const char* if_stopped) {
  config.remote.how.policy.give_up_after = std::chrono::minutes(1);
  config.remote.how.stop = io::stop_on_signal(if_stopped);
  open_data_address(config, argc, argv);
  return config.dataset.open ? config.dataset : io::DataFolder(config.data);
}

void add_result_options(CLI::App& app, TrainConfig& config) {
  config.method.clear();
  app.add_option("--method", config.method, method_list());
  config.modality.clear();
  app.add_option(
         "--modality", config.modality,
         "input of the network: rgbd, rgb or depth; default: rgbd, or the one that the data set "
         "has")
      ->check(CLI::IsMember({"rgbd", "rgb", "depth"}));
  app.add_option(
         "--depth-input", config.depth_input,
         "how depth is fed to the network. 8-bit colours: stored, unchanged. 16-bit depth: "
         "normals (default), the surface normals that rodprep cache --depth normals would "
         "store; gray, from black (near) to white (far); jet, from red (near) to blue (far)")
      ->check(CLI::IsMember({"stored", "normals", "gray", "jet"}));
  app.add_option(
      "--arch", config.arch,
      "backbone for each modality: resnet10-slim, resnet10, resnet18, resnet34, resnet50");
  app.add_option("-b,--batch-size", config.batch_size,
                 "pairs per stream and step; auto: the largest, up to 64, that fits in GPU memory")
      ->transform(CLI::Validator(read_batch_size, "NUMBER or auto"));
  app.add_option("--image-size", config.image_size,
                 "width and height of the network's input, in pixels")
      ->check(CLI::Range(kMinImage, kMaxImage));
  app.add_option("--optimizer", config.optimizer,
                 "sgd: with momentum 0.9, as in the paper; adamw: betas 0.9 and 0.999")
      ->check(CLI::IsMember({"sgd", "adamw"}));
  app.add_option("--lr", config.lr, "learning rate");
  app.add_option("--lr-mult", config.lr_mult,
                 "factor on --lr for the classification and rotation heads");
  app.add_option("--weight-decay,--wd", config.weight_decay,
                 "weight decay, applied to every parameter");
  app.add_option("--clip-grad", config.clip_grad,
                 "scale gradients down to this norm, taken over all of them, and log the norm; a "
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
                 "change the hue of RGB by up to this share of the colour circle; 0: off")
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
                 "probability that a pixel of a depth image is missing, that is, 0")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--dropout-p", config.dropout_p, "dropout probability in the classifier")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--rot-dropout-p", config.rot_dropout_p,
                 "dropout probability in the rotation head")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--weight-rot", config.weight_rot, "weight of the rotation losses");
  app.add_option("--weight-ent", config.weight_ent,
                 "weight of the target's entropy loss, in methods with rotations");
  app.add_option(
      "--weight-adapt", config.weight_adapt,
      "weight of the adaptation loss of dann, mmd and afn, relative to the paper's value");
  app.add_option(
      "--ramp-epochs", config.ramp_epochs,
      "dann: epochs over which the loss's weight rises from 0; 0: full weight from the start");
  app.add_option("--amp", config.amp,
                 "mixed precision: bf16, or fp16 for GPUs before Ampere (T4); auto: chosen for the "
                 "GPU, and kept when a run resumes; off: float32 throughout")
      ->check(CLI::IsMember({"auto", "off", "bf16", "fp16"}));
  config.concat_batches = "auto";
  app.add_option("--concat-batches", config.concat_batches,
                 "on: a step's minibatches go through the network as one batch, each with its own "
                 "batch normalisation: half the kernels, about twice the memory; off: one after "
                 "the other; auto: on if a GPU launches operation by operation (see --cuda-graphs) "
                 "and its memory is sufficient; kept when a run resumes")
      ->check(CLI::IsMember({"auto", "on", "off"}));
  app.add_option("--order", config.order,
                 "full: shuffle all pairs; window: shuffle the shards, then the pairs within each "
                 "--window shards, for data larger than memory; sequential: as listed")
      ->check(CLI::IsMember({"full", "window", "sequential"}));
  app.add_option("--window", config.window,
                 "number of shards that --order window shuffles together")
      ->check(CLI::Range(1u, 1u << 20));
  app.add_flag("--sync-bn", config.sync_bn,
               "compute batch normalisation over the batches of all processes together; on CPUs, "
               "one, two and "
               "four processes then give bit-identical results, each on one thread");
  std::vector<std::string> criteria;
  std::string summaries;
  for (const Criterion* criterion : all_criteria()) {
    criteria.emplace_back(criterion->name);
    summaries += std::string("; ") + criterion->name + ": " + criterion->summary;
  }
  app.add_option("--select", config.select,
                 "criterion that selects best_unlabelled.safetensors without the target's labels" +
                     summaries)
      ->check(CLI::IsMember(criteria));
  app.add_option("--seed", config.seed, "random seed for weights, order, augmentation and dropout");
}

void add_loading_options(CLI::App& app, TrainConfig& config) {
  app.add_option(
         "--residency", config.residency,
         "where decoded pairs are kept; stream: nowhere, they are read again in each epoch; "
         "ram: in memory; device: in GPU memory; auto: the fastest that fits")
      ->check(CLI::IsMember({"auto", "stream", "ram", "device"}));
  app.add_option("--local-dir", config.local_dir,
                 "folder on a local disk: shards on a slow drive are copied to it, those needed "
                 "soonest first, and checkpoints are written there before they are uploaded")
      ->type_name("DIR");
  cli::add_size(app, "--local-limit", config.local_limit,
                "upper limit for the copied shards; default: the free space minus 1 GiB");
}

void add_device_options(CLI::App& app, std::string& device, bool& tf32) {
  CLI::Option* const by_name =
      app.add_option("--device", device, "auto, cpu, cuda or cuda:N; N alone means cuda:N")
          ->transform(CLI::Validator(read_device, ""));
  app.add_option_function<unsigned>(
         "--gpu", [&device](unsigned number) { device = "cuda:" + std::to_string(number); },
         "the same as --device cuda:N")
      ->excludes(by_name)
      ->configurable(false);
  app.add_option("--tf32", tf32,
                 "on: convolutions in float32 may use TensorFloat-32 on GPUs that have it (A100, "
                 "L4 and newer), as PyTorch does; off: full float32, slower")
      ->type_name("on|off")
      ->default_str("on");
}

void add_cuda_graphs_option(CLI::App& app, std::string& cuda_graphs) {
  app.add_option(
         "--cuda-graphs", cuda_graphs,
         "auto: on a GPU, steps are recorded once and then launched as a whole if possible; on: "
         "the same, but an error if it is not possible; off: each operation is launched separately")
      ->check(CLI::IsMember({"auto", "on", "off"}));
}

}  // namespace rod::trainer
