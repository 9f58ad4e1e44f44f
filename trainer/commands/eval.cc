// `rodtrain eval CHECKPOINT --data DATASET`: accuracies of a trained network.
#include <fmt/format.h>

#include "base/error.h"
#include "base/machine.h"
#include "base/status_line.h"
#include "base/stop.h"
#include "cli/command_line.h"
#include "trainer/checkpoint/checkpoint.h"
#include "trainer/checkpoint/compatibility.h"
#include "trainer/commands/commands.h"
#include "trainer/commands/trained_network.h"
#include "trainer/input/depth_input.h"
#include "trainer/input/splits.h"
#include "trainer/learning/evaluate.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

struct EvalOptions {
  std::filesystem::path checkpoint, save_features;
  io::DataFolder folder;
  std::vector<std::string> splits;
  std::string device = "auto";
  bool tf32 = true;
  std::uint32_t batch_size = 64;
  std::uint64_t test_batches = 0;
  bool allow_unknown = false;
  unsigned jobs = 0;
  bool quiet = false;
};

std::string table(const std::string& split, const Evaluation& evaluation,
                  const std::vector<std::string>& classes) {
  std::string text = fmt::format("{}: {:.2f}% of {} pairs\n", split, 100 * evaluation.accuracy(),
                                 evaluation.samples());
  for (std::size_t label = 0; label < classes.size(); ++label) {
    if (const auto accuracy = evaluation.accuracy(label)) {
      text += fmt::format("  {:<20} {:6.2f}%  of {}\n", classes[label], 100 * *accuracy,
                          evaluation.samples(label));
    }
  }
  if (evaluation.not_scored > 0) {
    text += fmt::format("  {} pairs of classes that the network has not learned are not scored\n",
                        evaluation.not_scored);
  }
  return text;
}

// Throws BadInput naming the classes of the split's pairs that the network does not know.
void require_known_classes(const Checkpoint& checkpoint, const shard::Manifest& manifest,
                           const shard::SplitInfo& split, const ClassMatch& match,
                           const EvalOptions& options) {
  std::vector<std::string> unknown;
  std::uint64_t pairs = 0;
  for (std::size_t label = 0; label < manifest.classes.size(); ++label) {
    if (match.labels[label] >= 0 || split.class_counts[label] == 0) continue;
    unknown.push_back(manifest.classes[label]);
    pairs += split.class_counts[label];
  }
  if (unknown.empty() || (options.allow_unknown && pairs < split.samples)) return;
  throw BadInput(fmt::format(
      "{}: has not learned {} of {}, which {} of the {} pairs of its split {} show; give {}",
      checkpoint.path, list_classes(unknown), options.folder.name.string(), pairs, split.samples,
      split.name,
      options.allow_unknown ? "a data set with classes that it has learned"
                            : "--allow-unknown to score the rest"));
}

// evaluate(), whose features, logits and labels are added to `kept`.
std::optional<Evaluation> evaluate_and_keep(Network& network, const Split& split,
                                            const torch::Device& device, const EvaluateOptions& how,
                                            NamedTensors& kept) {
  std::vector<torch::Tensor> features, logits;
  const bool all = for_each_output(
      network, split, device, how, [] { return stop_signal() != 0; },
      [&](const Outputs& outputs) {
        features.push_back(outputs.feat.to(torch::kCPU));
        logits.push_back(outputs.logits.to(torch::kCPU));
      });
  if (!all) return std::nullopt;
  kept.emplace_back(split->name() + ".features", torch::cat(features));
  kept.emplace_back(split->name() + ".logits", torch::cat(logits));
  const torch::Tensor answers = kept.back().second.argmax(1);
  const torch::Tensor labels = torch::empty_like(answers);
  for (std::int64_t n = 0; n < labels.size(0); ++n)
    labels.data_ptr<std::int64_t>()[n] = split->label(static_cast<std::uint64_t>(n));
  kept.emplace_back(split->name() + ".label", labels);
  return count_answers(*split, network->options().classes, answers);
}

void save(const NamedTensors& tensors, const std::vector<std::string>& classes,
          const std::filesystem::path& file) {
  TensorSnapshot snapshot;
  snapshot.add("", tensors);
  shard::write_safetensors(file, snapshot.data(),
                           {{"format", "pt"}, {"class_names", nlohmann::json(classes).dump()}});
}

int run_eval(const EvalOptions& options, bool print_table, nlohmann::ordered_json& report) {
  if (!options.save_features.empty() && options.save_features.extension() != ".safetensors") {
    throw Error(ErrorKind::kUsage, fmt::format("--save-features {}: give a name that ends in "
                                               ".safetensors, the only format that is written",
                                               options.save_features.string()));
  }
  set_up_arithmetic({.tf32 = options.tf32});
  const torch::Device device = choose_device(options.device);
  Checkpoint checkpoint = read_checkpoint(options.checkpoint);
  if (use_average(checkpoint) && !options.quiet) {
    write_stderr(fmt::format("rodtrain eval: {}: using the averaged weights of its run's --ema\n",
                             checkpoint.path));
  }
  TrainConfig config = config_from_options(checkpoint.head.options, checkpoint.path);
  const shard::Manifest manifest =
      open_dataset(options.folder, options.folder.how, config.modality);
  config = config_for(config, checkpoint.path, manifest.pixels, options.folder.name.string(),
                      kCacheNormals);
  const std::vector<std::string> classes = network_classes(
      checkpoint, manifest, options.folder.name.string(), [&](const std::string& text) {
        if (!options.quiet) write_stderr("rodtrain eval: " + text + "\n");
      });
  const ClassMatch match = match_classes(classes, manifest.classes);
  std::vector<std::string> names = options.splits;
  if (names.empty()) {
    config.data = options.folder.name;
    names = with_data_choices(config, manifest).evaluated_splits();
  }
  Network network = load_network(checkpoint, device);
  NamedTensors kept;
  for (const std::string& name : names) {
    require_known_classes(checkpoint, manifest, manifest.split(name), match, options);
  }
  for (const std::string& name : names) {
    const Split split = open_split(options.folder, manifest, name, match.labels);
    const EvaluateOptions how{options.batch_size, options.test_batches, thread_count(options.jobs),
                              depth_input_from_name(config.depth_input)};
    const auto evaluation =
        options.save_features.empty()
            ? evaluate(network, split, device, how, [] { return stop_signal() != 0; })
            : evaluate_and_keep(network, split, device, how, kept);
    throw_if_stopped("nothing was changed");
    report[name] = to_json(*evaluation);
    report[name]["classes"] = classes;
    if (options.allow_unknown) report[name]["not_scored"] = evaluation->not_scored;
    if (print_table) fmt::print("{}", table(name, *evaluation, classes));
  }
  if (!options.save_features.empty()) save(kept, classes, options.save_features);
  return 0;
}

}  // namespace

int eval_command(int argc, char** argv) {
  EvalOptions options;
  cli::CommandLine line(
      "rodtrain eval", "Prints how well a trained network classifies splits of a data set.",
      "rodtrain eval runs/rr/best.safetensors --data /content/shards\n"
      "rodtrain eval runs/rr/best.safetensors --data /content/shards --split ROD --json");
  CLI::App& app = line.app();
  app.add_option("CHECKPOINT", options.checkpoint, kCheckpointHelp)->required();
  TrainConfig config;  // of which only the data is used
  app.add_option("--data,--data-root", config.data, "data set folder, or its address")->required();
  add_address_options(app, config);
  app.add_option("--split", options.splits,
                 "split to evaluate, repeatable; default: the run's test splits");
  app.add_option("-b,--batch-size", options.batch_size, "pairs at a time")
      ->check(CLI::Range(1u, 1u << 20));
  app.add_option("--test-batches", options.test_batches, "batches per split; 0: the whole split");
  app.add_flag(
      "--allow-unknown", options.allow_unknown,
      "if the data has classes that the network has not learned, score only the other pairs");
  app.add_option("--save-features", options.save_features,
                 "write SPLIT.features [N,F], SPLIT.logits [N,classes] and SPLIT.label [N] of each "
                 "split, in the data set's order")
      ->type_name("FILE.safetensors");
  add_device_options(app, options.device, options.tf32);
  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    options.jobs = line.common().jobs;
    options.quiet = line.common().quiet;
    options.folder = open_data_to_read(config, argc, argv, "nothing was changed");
    return with_torch_errors([&] { return run_eval(options, !line.common().json, report); });
  });
}

}  // namespace rod::trainer
