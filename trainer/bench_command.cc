// `rodtrain bench --data DATASET`: what the loader, the feed and the step each reach, alone and together.
#include <fmt/format.h>

#include <functional>

#include "base/machine.h"
#include "base/stop.h"
#include "cli/command_line.h"
#include "trainer/commands.h"
#include "trainer/device.h"
#include "trainer/feed.h"
#include "trainer/learner.h"
#include "trainer/options.h"
#include "trainer/stopwatch.h"

namespace rod {
namespace {

constexpr int kWarmUpSteps = 2;  // first steps fill queues and choose algorithms

struct BenchOptions {
  TrainConfig config;
  double seconds = 5;
};

// Calls `step` again and again for `seconds`; pairs per second of all streams together.
double measure(const BenchOptions& options, std::size_t streams, const torch::Device& device,
               const std::function<void()>& step) {
  for (int i = 0; i < kWarmUpSteps; ++i) step();
  synchronize(device);
  const Clock::time_point start = Clock::now();
  std::uint64_t steps = 0;
  do {
    throw_if_stopped("nothing was changed");
    step();
    ++steps;
  } while (seconds_since(start) < options.seconds);
  synchronize(device);
  return double(steps) * double(streams) * double(options.config.batch_size) / seconds_since(start);
}

double measure_loader(const BenchOptions& options, const Method& method, const Splits& splits) {
  std::vector<LoaderStream> sources;
  for (const StreamUse& use : method.streams) {
    LoaderStream source;
    source.split = use.from_target ? splits.target : splits.source_train;
    source.order = stream_order(use, splits, options.config);
    sources.push_back(std::move(source));
  }
  LoaderOptions loader_options;
  loader_options.threads = thread_count(options.config.jobs);
  Loader loader(std::move(sources), loader_options);
  return measure(options, method.streams.size(), torch::kCPU, [&] {
    for (std::size_t s = 0; s < method.streams.size(); ++s) loader.next(s);
  });
}

int run_bench(const BenchOptions& options, bool print_table, nlohmann::ordered_json& report) {
  const TrainConfig& config = options.config;
  set_up_arithmetic(/*deterministic=*/false);
  const torch::Device device = choose_device(config.device);
  const Manifest manifest = open_dataset(config.data);
  const Splits splits = open_splits(config, manifest);
  Learner learner =
      make_learner(config, static_cast<std::int64_t>(manifest.classes.size()), device);
  const std::vector<StreamUse>& streams = learner.method.streams;
  const auto note = [&](const char* name, const char* what, double rate) {
    report[fmt::format("{}_pairs_per_second", name)] = rate;
    if (print_table) fmt::print("{:<44}{:10.0f} pairs/s\n", what, rate);
  };

  report["device"] = describe_device(device);
  report["batch_size"] = config.batch_size;
  report["streams"] = streams.size();
  note("loader", "loader: read, decode, batch", measure_loader(options, learner.method, splits));
  Feed feed(streams, splits, config, device, 0);
  note("feed", "feed: loader, copy, augment",
       measure(options, streams.size(), device, [&] { feed.next(); }));
  const std::vector<Minibatch> fixed = feed.next();
  std::uint64_t step = 0;
  note("step", "step: the same batch again and again",
       measure(options, streams.size(), device, [&] { learner.step(config.seed, step++, fixed); }));
  note("train", "training: feed and step", measure(options, streams.size(), device, [&] {
         learner.step(config.seed, step++, feed.next());
       }));
  return 0;
}

}  // namespace

int bench_command(int argc, char** argv) {
  BenchOptions options;
  CommandLine line(
      "rodtrain bench",
      "Measures what the loader, the feed and the training step each reach, and all together.",
      "rodtrain bench --data /content/shards\nrodtrain bench --data /content/shards --json "
      "--seconds 20");
  add_data_options(line.app(), options.config);
  add_result_options(line.app(), options.config);
  add_device_options(line.app(), options.config.device);
  line.app()
      .add_option("--seconds", options.seconds, "for each of the four measurements")
      ->check(CLI::PositiveNumber);
  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    options.config.jobs = line.common().jobs;
    return with_torch_errors([&] { return run_bench(options, !line.common().json, report); });
  });
}

}  // namespace rod
