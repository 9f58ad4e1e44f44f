// What the loader reaches without a trainer: bench_loader DATASET SPLIT [--jobs N] [--batch N]
// [--seconds S] [--order full|window|sequential]. Prints one JSON object: time to open and to the
// first batch, pairs per second of the first epoch (every sample's hash is checked) and of later
// ones, and the machine's memcpy bandwidth with as many threads.
#include "stream/loader.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstring>
#include <thread>

#include "base/machine.h"
#include "cli/command_line.h"

namespace rod {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return double(time.tv_sec) + double(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Bytes copied per second between buffers that no cache holds.
double measure_memcpy(unsigned threads, double seconds) {
  constexpr std::size_t kBuffer = std::size_t{128} << 20, kPiece = std::size_t{1} << 20;
  std::vector<double> rates(threads);
  std::vector<std::thread> workers;
  for (unsigned t = 0; t < threads; ++t) {
    workers.emplace_back([&, t] {
      std::vector<char> from(kBuffer, 1), to(kBuffer, 2);
      std::size_t copied = 0;
      const auto start = Clock::now();
      while (seconds_since(start) < seconds) {
        for (std::size_t at = 0; at < kBuffer; at += kPiece) {
          std::memcpy(to.data() + at, from.data() + at, kPiece);
        }
        copied += kBuffer;
      }
      rates[t] = double(copied) / seconds_since(start);
    });
  }
  double sum = 0;
  for (unsigned t = 0; t < threads; ++t) {
    workers[t].join();
    sum += rates[t];
  }
  return sum;
}

struct Options {
  std::string dataset, split, order = "full";
  std::uint32_t batch = 64, window = 4;
  double seconds = 5;
};

nlohmann::ordered_json measure(const Options& options, unsigned threads) {
  nlohmann::ordered_json report;
  const auto start = Clock::now();
  const shard::Manifest manifest = shard::read_manifest(options.dataset);
  const auto split = std::make_shared<shard::SplitReader>(options.dataset, manifest, options.split);
  report["open_seconds"] = seconds_since(start);

  stream::LoaderStream stream;
  stream.split = split;
  stream.order = {split->size(), options.batch, stream::order_kind_from_name(options.order), 1, 0};
  stream.order.block = split->mean_shard_samples();
  stream.order.window = options.window;
  stream::LoaderOptions loader_options;
  loader_options.threads = threads;
  stream::Loader loader({stream}, loader_options);
  loader.next(0);
  report["first_batch_seconds"] = seconds_since(start);

  const std::uint64_t epoch = stream.order.batches_per_epoch();
  const auto first = Clock::now();
  for (std::uint64_t i = 1; i < epoch; ++i) loader.next(0);
  const double pairs = double(options.batch);
  report["first_epoch_pairs_per_second"] = double(epoch - 1) * pairs / seconds_since(first);
  std::uint64_t batches = 0;
  const double cpu_before = cpu_seconds();
  const auto later = Clock::now();
  for (; seconds_since(later) < options.seconds; ++batches) loader.next(0);
  const double rate = double(batches) * pairs / seconds_since(later);
  const double cpu = cpu_seconds() - cpu_before;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double pair_bytes = double(split->pixels().rgb_bytes() + split->pixels().depth_bytes());
  const double memcpy_rate = measure_memcpy(threads, 1);
  report["loader_pairs_per_second"] = rate;
  report["pixel_bytes_per_second"] = rate * pair_bytes;
  report["memcpy_bytes_per_second"] = memcpy_rate;
  report["over_memcpy"] = rate * pair_bytes / memcpy_rate;
  report["threads"] = threads;
  report["cpu_microseconds_per_pair"] = cpu / (double(batches) * pairs) * 1e6;
  report["memory_mib"] = usage.ru_maxrss / 1024;
  return report;
}

}  // namespace
}  // namespace rod

int main(int argc, char** argv) {
  rod::Options options;
  rod::cli::CommandLine line("bench_loader", "Measures the loader alone.",
                             "bench_loader /content/shards ROD");
  line.app().add_option("DATASET", options.dataset)->required();
  line.app().add_option("SPLIT", options.split)->required();
  line.app().add_option("--batch", options.batch);
  line.app().add_option("--seconds", options.seconds);
  line.app().add_option("--order", options.order);
  line.app().add_option("--window", options.window);
  return line.run(argc, argv, [&](nlohmann::ordered_json&) {
    fmt::print("{}\n", rod::measure(options, rod::thread_count(line.common().jobs)).dump());
    return 0;
  });
}
