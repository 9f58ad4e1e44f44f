// `rodtrain --data DATASET --logdir DIR [--resume]`: trains.
#include "trainer/run/train.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/status_line.h"
#include "base/stop.h"
#include "cli/command_line.h"
#include "trainer/commands/commands.h"
#include "trainer/input/appearance.h"
#include "trainer/input/splits.h"
#include "trainer/learning/distribute.h"
#include "trainer/learning/learning_rate.h"
#include "trainer/run/batch_size.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

constexpr unsigned kStopSeconds = 9;  // from a signal to the end of the process

constexpr const char* kDescription =
    "Trains an RGB-D network that adapts from a source to a target domain.\n"
    "Other commands: rodtrain eval, rodtrain predict, rodtrain report, rodtrain bench, rodtrain "
    "export; each has a --help.";
constexpr const char* kExamples =
    "rodtrain --data /content/shards --logdir /content/drive/MyDrive/runs/rr --resume\n"
    "rodtrain --data https://example.org/shards --logdir runs/rr --local-dir /content/copies\n"
    "rodtrain --data /content/shards --logdir runs/quick --epochs 2 --batch-size 32 --max-time "
    "50min\n"
    "torchrun --nproc-per-node 2 --no-python rodtrain --data /content/shards --logdir runs/two "
    "--sync-bn\n"
    "rodtrain eval runs/rr/best.safetensors --data /content/shards";

void add_start_options(CLI::App& app, TrainConfig& config) {
  app.add_option(
         "--pretrained", config.pretrained,
         "initial weights, repeatable: imagenet, torchvision's published weights for --arch; or a "
         ".safetensors or .pth FILE, where torchvision's ResNet weights go into both backbones; or "
         "the address of such a file, whose name must end in the first digits of its SHA-256, as "
         "torch hub's do")
      ->type_name("imagenet|FILE|ADDRESS");
  app.add_option(
         "--weights-dir", config.weights_dir,
         "folder for downloaded weights; default: torch hub's cache, which is always searched "
         "too")
      ->type_name("DIR");
  app.add_option("--weights-url", config.weights_url,
                 "where --pretrained imagenet downloads from, if you have a mirror")
      ->type_name("ADDRESS");
  app.add_flag("--smallset", config.smallset,
               "the data set was made from the course's small lists: 5 classes");
  app.add_flag(
      "--sanitycheck", config.sanitycheck,
      "the course's sanity check: no weight decay; prints the classification loss beside that of "
      "guessing");
}

void add_schedule_options(CLI::App& app, TrainConfig& config) {
  app.add_option("--schedule", config.schedule,
                 "learning-rate schedule: constant; cosine: falls to 0 along half a cosine; step: "
                 "multiplied by --gamma every --step-size epochs; inverse: DANN's, (1 + 10 "
                 "p)^-0.75 with p from 0 to 1")
      ->check(CLI::IsMember({"constant", "cosine", "step", "inverse"}));
  app.add_option("--schedule-epochs", config.schedule_epochs,
                 "epochs over which cosine and inverse run; default: --epochs")
      ->check(CLI::Range(0.0, 1e6));
  app.add_option("--step-size", config.step_size, "epochs between decays, for --schedule step")
      ->check(CLI::Range(0u, 1000000u));
  app.add_option("--gamma", config.gamma, "factor of each decay, for --schedule step")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--warmup", config.warmup,
                 "epochs, or steps such as 500steps, over which --lr rises linearly from 0")
      ->type_name("EPOCHS|STEPS");
}

void add_length_options(CLI::App& app, TrainConfig& config) {
  app.add_option("--epochs", config.epochs, "passes over the source's train split")
      ->check(CLI::Range(1u, 1000000u));
  app.add_option("--max-steps", config.max_steps, "stop after this many steps; 0: no limit");
  app.add_option(
      "--patience", config.patience,
      "stop after this many consecutive evaluations without a better accuracy on the split "
      "that selects the best network, the target's if there is one; 0: never");
  cli::add_duration(app, "--max-time", config.max_time,
                    "stop after this much time, with exit code 75");
  app.add_option("--until", config.until, "stop at this time of day, HH:MM, with exit code 75");
  app.add_option("--test-batches", config.test_batches,
                 "batches per evaluation of the source; 0: the whole split; the target is always "
                 "evaluated whole");
}

void add_saving_options(CLI::App& app, TrainConfig& config) {
  const auto save_every = [&config](const std::string& text) {
    try {
      config.save_every = parse_save_every(text);
    } catch (const Error& error) {
      throw CLI::ValidationError(error.what());
    }
  };
  app.add_option_function<std::string>(
         "--save-every", save_every,
         "interval between checkpoints: a time, or steps such as 500steps")
      ->type_name("TIME")
      ->default_str("10min");
  app.add_option("--keep", config.keep, "number of checkpoints to keep, the newest")
      ->check(CLI::Range(1u, 1000000u));
  app.add_option("--trace", config.trace,
                 "write the inputs, losses and weights of the first N steps to LOGDIR/trace");
}

// What an option came to, for config.toml.
void write_down(CLI::App& app, const std::string& name, const std::string& value) {
  CLI::Option* const option = app.get_option(name);
  option->clear();
  option->add_result(value);
}

}  // namespace

int train_command(int argc, char** argv) {
  TrainConfig config;
  std::string suffix;
  cli::CommandLine line("rodtrain", kDescription, kExamples);
  CLI::App& app = line.app();
  add_data_options(app, config);
  app.add_option("--logdir", config.logdir, "run folder")->required();
  app.add_option("--suffix", suffix, "appended to the run folder's name");
  app.add_flag("--resume", config.resume,
               "continue the run in --logdir, or start one if there is none");
  app.add_flag("--allow-changed", config.allow_changed,
               "resume although options or data have changed, if the state still fits");
  add_result_options(app, config);
  add_schedule_options(app, config);
  add_start_options(app, config);
  add_length_options(app, config);
  add_saving_options(app, config);
  add_loading_options(app, config);
  add_device_options(app, config.device, config.tf32);
  add_cuda_graphs_option(app, config.cuda_graphs);
  app.add_flag("--deterministic", config.deterministic,
               "bit-identical results on a GPU too; slower");
  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    if (config.logdir.empty()) throw Error(ErrorKind::kUsage, "--logdir is empty; give a folder");
    config.logdir += suffix;
    open_data_address(config, argc, argv);
    write_down(app, "--data", config.data.string());
    require_schedule_options(config);
    if (runs_over_epochs(config) && config.schedule_epochs == 0) {
      config.schedule_epochs = config.epochs;
    }
    if (config.sanitycheck) config.weight_decay = 0;
    config.jobs = line.common().jobs;
    config.quiet = line.common().quiet;
    end_after_signal(kStopSeconds);
    return with_torch_errors([&] {
      set_up_arithmetic({config.deterministic, config.tf32});
      require_distributable(config, ProcessGroup::expected());
      const auto say = [&](const std::string& text) {
        if (!config.quiet) write_stderr(text + "\n");
      };
      const shard::Manifest manifest = open_training_data(config, say);
      config = with_data_choices(config, manifest);
      require_appearance_options(config);
      config = with_concat_batches(with_batch_size(with_amp(config), manifest), manifest, say);
      write_down(app, "--source", config.source);
      if (!config.target.empty()) write_down(app, "--target", config.target);
      write_down(app, "--modality", config.modality);
      if (config.depth_input != "stored") write_down(app, "--depth-input", config.depth_input);
      write_down(app, "--method", config.method);
      write_down(app, "--amp", config.amp);
      write_down(app, "--concat-batches", config.concat_batches);
      write_down(app, "--schedule-epochs", fmt::format("{}", config.schedule_epochs));
      write_down(app, "--batch-size", fmt::format("{}", config.batch_size));
      write_down(app, "--weight-decay", fmt::format("{}", config.weight_decay));
      return train(config, manifest, line.resolved_toml(), report);
    });
  });
}

}  // namespace rod::trainer
