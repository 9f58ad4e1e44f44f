// `rodtrain bench --data DATASET`: what the loader, the feed and the step each reach, alone and
// together.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <functional>
#include <mutex>
#include <thread>

#include "base/machine.h"
#include "base/status_line.h"
#include "base/stop.h"
#include "cli/command_line.h"
#include "stream/order_quality.h"
#include "trainer/commands/commands.h"
#include "trainer/input/appearance.h"
#include "trainer/input/feed.h"
#include "trainer/input/splits.h"
#include "trainer/learning/learner.h"
#include "trainer/run/batch_size.h"
#include "trainer/run/stopwatch.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

constexpr int kWarmUpSteps = 5;  // first steps fill queues, choose algorithms, record a graph
// On a CPU a step takes as much longer as its batch is larger: a small one measures the same rate.
constexpr std::uint32_t kCpuBatch = 4;
constexpr double kSeconds = 5, kCpuSeconds = 2;

struct BenchOptions {
  TrainConfig config;
  double seconds = 0;  // for each measurement; 0: as the device needs
  bool batch_size_given = false;
  bool shuffle = false;
};

// Calls `step` again and again for `seconds`; pairs per second of all streams together. On a CPU a
// first step that takes longer counts: what it does once is little of that, and two would take a
// minute with the default network.
double measure(const BenchOptions& options, std::size_t streams, const torch::Device& device,
               const std::function<void()>& step) {
  const double pairs = double(streams) * double(options.config.batch_size);
  Clock::time_point start = Clock::now();
  for (int i = 0; i < kWarmUpSteps; ++i) {
    throw_if_stopped("nothing was changed");
    step();
    if (device.is_cpu() && seconds_since(start) > options.seconds)
      return (i + 1) * pairs / seconds_since(start);
  }
  synchronize(device);
  start = Clock::now();
  std::uint64_t steps = 0;
  do {
    throw_if_stopped("nothing was changed");
    step();
    ++steps;
  } while (seconds_since(start) < options.seconds);
  synchronize(device);
  return double(steps) * pairs / seconds_since(start);
}

// Calls `work(i, scratch)` for i = 0, 1, … on as many threads as the loader has, for
// options.seconds; calls per second.
double measure_on_threads(const BenchOptions& options,
                          const std::function<void(std::uint64_t, shard::ReadScratch&)>& work) {
  std::atomic<std::uint64_t> next{0};
  std::exception_ptr error;
  std::mutex mutex;
  std::vector<std::thread> threads;
  const Clock::time_point start = Clock::now();
  for (unsigned t = 0; t < thread_count(options.config.jobs); ++t) {
    threads.emplace_back([&] {
      shard::ReadScratch scratch;
      try {
        while (seconds_since(start) < options.seconds && stop_signal() == 0) work(next++, scratch);
      } catch (...) {
        const std::lock_guard lock(mutex);
        error = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);
  throw_if_stopped("nothing was changed");
  return double(next) / seconds_since(start);
}

struct Pixels {
  explicit Pixels(const shard::PixelFormat& format)
      : rgb(format.rgb_bytes()), depth(format.depth_bytes()) {}
  std::vector<std::byte> rgb, depth;
};

// What the loader's threads do to a pair, each part by itself.
struct LoaderRates {
  double storage = 0, decode = 0, assemble = 0;
};

LoaderRates measure_parts(const BenchOptions& options, const shard::SplitReader& split,
                          const stream::StreamOrder& order) {
  constexpr std::uint64_t kFew = 64;  // samples that any cache holds
  LoaderRates rates;
  std::atomic<std::uint64_t> stored{0};
  rates.storage = measure_on_threads(options, [&](std::uint64_t i, shard::ReadScratch& scratch) {
    stored += split.read_stored(order.sample(i / split.size(), i % split.size()), scratch);
  });
  rates.decode = measure_on_threads(options, [&](std::uint64_t i, shard::ReadScratch& scratch) {
    thread_local std::unique_ptr<Pixels> pixels;
    if (!pixels) pixels = std::make_unique<Pixels>(split.pixels());
    split.decode(i % std::min(kFew, split.size()), pixels->rgb, pixels->depth, scratch);
  });
  // From and to more memory than caches have.
  const std::size_t pair = split.pixels().rgb_bytes() + split.pixels().depth_bytes();
  const std::uint64_t pairs = std::max<std::uint64_t>(1, (std::uint64_t{64} << 20) / pair);
  const std::vector<std::byte> from(pairs * pair, std::byte{1});
  std::vector<std::byte> to(pairs * pair, std::byte{2});
  rates.assemble = measure_on_threads(options, [&](std::uint64_t i, shard::ReadScratch&) {
    std::memcpy(to.data() + i % pairs * pair, from.data() + i % pairs * pair, pair);
  });
  return rates;
}

double measure_loader(const BenchOptions& options, const Method& method, const Splits& splits,
                      double& first_batch_seconds) {
  std::vector<stream::LoaderStream> sources;
  for (const StreamSpec& use : method.streams) {
    stream::LoaderStream source;
    source.split = use.from_target ? splits.target : splits.source_train;
    source.order = stream_order(use, splits, options.config);
    sources.push_back(std::move(source));
  }
  stream::LoaderOptions loader_options;
  loader_options.threads = thread_count(options.config.jobs);
  const Clock::time_point start = Clock::now();
  stream::Loader loader(std::move(sources), loader_options);
  loader.next(0);
  first_batch_seconds += seconds_since(start);
  return measure(options, method.streams.size(), torch::kCPU, [&] {
    for (std::size_t s = 0; s < method.streams.size(); ++s) loader.next(s);
  });
}

double measure_copy(const BenchOptions& options, const Splits& splits,
                    const torch::Device& device) {
  stream::LoaderStream source;
  source.split = splits.source_train;
  source.order.samples = source.split->size();
  source.order.batch_size = options.config.batch_size;
  Transfer transfer(device, depth_input_from_name(options.config.depth_input));
  stream::Loader loader({source}, {.threads = 1, .prefetch = 1, .memory = transfer.batch_memory()});
  const stream::Batch& batch = *loader.next(0);
  return measure(options, 1, device, [&] {
    transfer.copy(batch, source.split->pixels());
    transfer.wait();
  });
}

int run_bench(BenchOptions options, bool print_table, nlohmann::ordered_json& report) {
  set_up_arithmetic({.tf32 = options.config.tf32});
  const torch::Device device = choose_device(options.config.device);
  if (device.is_cpu() && !options.batch_size_given) options.config.batch_size = kCpuBatch;
  if (options.seconds == 0) options.seconds = device.is_cpu() ? kCpuSeconds : kSeconds;
  const Clock::time_point start = Clock::now();
  const shard::Manifest manifest = open_training_data(options.config);
  options.config = with_data_choices(options.config, manifest);
  require_appearance_options(options.config);
  const auto say = [&](const std::string& text) {
    if (!options.config.quiet) write_stderr(text + "\n");
  };
  options.config =
      with_concat_batches(with_batch_size(with_amp(options.config), manifest), manifest, say);
  const TrainConfig& config = options.config;
  const Splits splits = open_splits(config, manifest, device, say);
  double first_batch_seconds = seconds_since(start);
  Learner learner =
      make_learner(config, static_cast<std::int64_t>(manifest.classes.size()), device);
  use_cuda_graphs(learner, config, device, say);
  const std::vector<StreamSpec>& streams = learner.method.streams;
  const auto note = [&](const char* name, const char* what, double rate) {
    report[fmt::format("{}_pairs_per_second", name)] = rate;
    if (print_table) {
      fmt::print("{:<10}{:<52}{:10.{}f} pairs/s\n", name, what, rate, rate < 100 ? 1 : 0);
      std::fflush(stdout);  // each row as it is measured, into a file or a notebook too
    }
    return rate;
  };

  report["device"] = describe_device(device);
  report["threads"] = thread_count(config.jobs);
  report["batch_size"] = config.batch_size;
  report["streams"] = streams.size();
  report["residency"] = stream::residency_name(splits.residency.kind);
  const LoaderRates parts =
      measure_parts(options, *splits.source_train, stream_order(streams[0], splits, config));
  note("storage", "stored bytes from the shards", parts.storage);
  note("decode", "stored bytes to pixels", parts.decode);
  note("assemble", "pixels into a batch", parts.assemble);
  const double loader = note("loader", "these three together, kept as --residency says",
                             measure_loader(options, learner.method, splits, first_batch_seconds));
  const double copy = note("copy", "batches to the device", measure_copy(options, splits, device));
  Feed feed(streams, splits, config, device, 0);
  const double fed = note("feed", "loader, copy, and crops, flips, rotations on the device",
                          measure(options, streams.size(), device, [&] { feed.next(); }));
  const std::vector<Minibatch> fixed = feed.next();
  std::uint64_t step = 0;
  const double fixed_rate = note(
      "step", "the same batch repeatedly",
      measure(options, streams.size(), device, [&] { learner.step(config.seed, step++, fixed); }));
  const double trained = note("train", "feed and step",
                              measure(options, streams.size(), device,
                                      [&] { learner.step(config.seed, step++, feed.next()); }));
  report["first_batch_seconds"] = first_batch_seconds;
  report["train_over_step"] = trained / fixed_rate;
  std::vector<std::pair<double, const char*>> limits = {{fixed_rate, "step"}, {fed, "feed"}};
  if (splits.residency.kind !=
      stream::Residency::kDevice) {  // else neither loader nor copies take part
    limits.emplace_back(copy, "copy");
    limits.emplace_back(loader, "loader");
  }
  const char* limit = std::min_element(limits.begin(), limits.end())->second;
  if (std::string(limit) == "feed" && limits.size() > 2 &&
      (loader < 1.1 * fed || copy < 1.1 * fed)) {
    limit = loader < copy ? "loader" : "copy";
  }
  if (std::string(limit) == "loader" && splits.residency.kind == stream::Residency::kStream) {
    const std::pair<double, const char*> its_parts[] = {
        {parts.storage, "storage"}, {parts.decode, "decode"}, {parts.assemble, "assemble"}};
    limit = std::min_element(std::begin(its_parts), std::end(its_parts))->second;
  }
  report["limit"] = limit;
  if (print_table) {
    fmt::print("first batch after {:.0f} ms\nwhat limits training: {}\n",
               1000 * first_batch_seconds, limit);
  }
  return 0;
}

// How well the orders of the training streams mix, beside a random permutation.
int run_shuffle(BenchOptions options, bool print_table, nlohmann::ordered_json& report) {
  const shard::Manifest manifest = open_training_data(options.config);
  options.config = with_data_choices(options.config, manifest);
  const TrainConfig& config = options.config;
  const Splits splits = open_splits(config, manifest);
  if (print_table) {
    fmt::print("{:<22}{:>12}{:>12}{:>12}{:>14}{:>10}\n", "order", "rank corr.", "neighbours",
               "same class", "classes/batch", "repeats");
  }
  const auto note = [&](const std::string& name, const stream::OrderQuality& quality) {
    report[name] = {{"rank_correlation", quality.rank_correlation},
                    {"neighbours", quality.neighbours},
                    {"same_class", quality.same_class},
                    {"classes_per_batch", quality.classes_per_batch},
                    {"repeats", quality.repeats}};
    if (print_table) {
      fmt::print("{:<22}{:>12.4f}{:>12.5f}{:>12.4f}{:>14.2f}{:>10.2f}\n", name,
                 quality.rank_correlation, quality.neighbours, quality.same_class,
                 quality.classes_per_batch, quality.repeats);
    }
  };
  for (const StreamSpec& use : find_method(config.method).streams) {
    const shard::SplitReader& split = use.from_target ? *splits.target : *splits.source_train;
    std::vector<std::int64_t> labels;
    for (std::uint64_t n = 0; n < split.size(); ++n) labels.push_back(split.label(n));
    const stream::StreamOrder order = stream_order(use, splits, config);
    const auto measured = [&](const auto& first, const auto& second) {
      return stream::measure_quality(first, second, labels, config.batch_size);
    };
    note(fmt::format("{} {}", use.name, config.order),
         measured(stream::list_epoch(order, 0), stream::list_epoch(order, 1)));
    note(fmt::format("{} random", use.name),
         measured(stream::random_epoch(split.size(), 1), stream::random_epoch(split.size(), 2)));
  }
  if (print_table) {
    fmt::print(
        "\nrank corr.: of a pair's place in the epoch and in the split's list. neighbours, same "
        "class: share of pairs\nthat follow the one before them in the list, or have its class. "
        "repeats: pairs of a batch that meet\nanother of them again in the next epoch.\n");
  }
  return 0;
}

}  // namespace

int bench_command(int argc, char** argv) {
  BenchOptions options;
  cli::CommandLine line(
      "rodtrain bench",
      "Measures how many pairs per second storage, decoding, copies and the training step can each "
      "handle, and all of them together. The slowest limits training. The options are those of "
      "training; on a CPU, a batch has 4 pairs unless --batch-size is given.",
      "rodtrain bench --data /content/shards\nrodtrain bench --data /content/shards --json "
      "--seconds 20\n"
      "rodtrain bench --data /content/shards --shuffle --order window");
  add_data_options(line.app(), options.config);
  add_result_options(line.app(), options.config);
  add_loading_options(line.app(), options.config);
  add_device_options(line.app(), options.config.device, options.config.tf32);
  add_cuda_graphs_option(line.app(), options.config.cuda_graphs);
  line.app()
      .add_option("--seconds", options.seconds,
                  fmt::format("duration of each measurement; default: {}, on a CPU {}", kSeconds,
                              kCpuSeconds))
      ->check(CLI::Range(.1, 3600.))
      ->default_str("");
  line.app().add_flag("--shuffle", options.shuffle,
                      "measure only how well the order mixes the pairs");
  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    options.config.jobs = line.common().jobs;
    options.config.quiet = line.common().quiet;
    open_data_address(options.config, argc, argv);
    options.batch_size_given = line.app().count("--batch-size") > 0;
    const auto run = options.shuffle ? run_shuffle : run_bench;
    return with_torch_errors([&] { return run(options, !line.common().json, report); });
  });
}

}  // namespace rod::trainer
