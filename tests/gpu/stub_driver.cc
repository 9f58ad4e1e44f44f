// Drives feed, step and evaluation on a GPU or its stand-in, and prints as JSON what they asked of
// CUDA.
//
//   stub_driver data FOLDER                   writes a small data set
//   stub_driver step FOLDER [OPTION VALUE]…   a feed and a step, after some that may prepare, and
//                                             the CPU's time for further ones
//   stub_driver evaluate FOLDER               evaluations, one after the other
//   stub_driver feed FOLDER                   many feeds, whose copies may be late
//
// Options: amp, arch, method, graphs, concat, residency, steps, batch, device, timed.
#include <dlfcn.h>

#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "tests/trainer/tiny_dataset.h"
#include "trainer/input/feed.h"
#include "trainer/learning/evaluate.h"
#include "trainer/learning/learner.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

// The stand-in's own functions: see stub/events.h.
template <typename Function>
Function* stub(const char* name) {
  void* const found = ::dlsym(RTLD_DEFAULT, name);
  if (!found) throw Error(ErrorKind::kUsage, "this is not the stand-in for CUDA");
  return reinterpret_cast<Function*>(found);
}
long count(const char* prefix) {
  return stub<long(const char*)>("stub_count")(prefix);
}
void reset() {
  stub<void()>("stub_reset")();
}

nlohmann::ordered_json counts() {
  return {
      {"launches", count("launch ")},
      {"kernels", count("launch kernel ")},
      {"graphs", count("launch graph")},
      {"copies", count("launch copy ")},
      {"pageable copies", count("launch copy pageable") + count("launch copy device->pageable")},
      {"waits", count("wait ")},
      {"feed waits", count("wait cudaStreamSynchronize of another stream")},
      {"allocations", count("allocate device")},
      {"streams", count("create stream")},
      {"overwritten", count("overwritten ")},
      {"device bytes", stub<std::size_t()>("stub_device_bytes")()},
      {"bytes on device 0", stub<std::size_t(int)>("stub_device_bytes_of")(0)}};
}

bool is_channels_last(Network& network) {
  for (const torch::Tensor& weight : network->parameters()) {
    if (weight.dim() == 4 && weight.size(1) > 1 && weight.size(2) > 1) {
      return weight.is_contiguous(at::MemoryFormat::ChannelsLast);
    }
  }
  throw Error(ErrorKind::kFailed, "the network has no convolution");
}

struct Run {
  TrainConfig config;
  std::uint64_t steps = 5, timed = 0;
  torch::Device device = torch::Device(torch::kCUDA, 0);
};

Run parse(int argc, char** argv) {
  Run run;
  run.config = tiny_config(argv[2], "");
  run.config.arch = "resnet18";
  run.config.cuda_graphs = "off";
  run.config.residency = "stream";
  for (int i = 3; i + 1 < argc; i += 2) {
    const std::string option = argv[i], value = argv[i + 1];
    if (option == "amp")
      run.config.amp = value;
    else if (option == "arch")
      run.config.arch = value;
    else if (option == "method")
      run.config.method = value;
    else if (option == "graphs")
      run.config.cuda_graphs = value;
    else if (option == "concat")
      run.config.concat_batches = value;
    else if (option == "timed")
      run.timed = std::stoul(value);
    else if (option == "residency")
      run.config.residency = value;
    else if (option == "steps")
      run.steps = std::stoul(value);
    else if (option == "batch")
      run.config.batch_size = static_cast<std::uint32_t>(std::stoul(value));
    else if (option == "device")
      run.device = torch::Device(value);
    else
      throw Error(ErrorKind::kUsage, "unknown option " + option);
  }
  return run;
}

void step(const Run& run, nlohmann::ordered_json& report) {
  const Method& method = find_method(run.config.method);
  const Splits splits = open_splits(run.config, open_dataset(run.config.data), run.device);
  Feed feed(method.streams, splits, run.config, run.device, 0);
  Learner learner = make_learner(run.config, kTinyClasses, run.device);
  use_cuda_graphs(learner, run.config, run.device,
                  [&](const std::string& text) { report["log"] = text; });
  for (std::uint64_t n = 0; n < run.steps; ++n) learner.step(1, n, feed.next());
  reset();
  const auto batches = feed.next();
  report["feed"] = counts();
  if (std::getenv("FULL")) stub<void(const char*)>("stub_print")("");
  reset();
  learner.step(1, run.steps, batches);
  report["step"] = counts();
  if (std::getenv("FULL")) stub<void(const char*)>("stub_print")("");
  if (run.timed > 0) {
    // Of all threads, which does not depend on what else this machine does.
    const std::clock_t start = std::clock();
    for (std::uint64_t n = 0; n < run.timed; ++n) learner.step(1, run.steps + 1 + n, batches);
    synchronize(run.device);
    report["host milliseconds"] =
        1e3 * double(std::clock() - start) / CLOCKS_PER_SEC / double(run.timed);
  }
  report["channels last"] = is_channels_last(learner.network);
  report["preferred"] =
      prefers_channels_last(run.device, network_options(run.config, kTinyClasses).compute);
  synchronize(run.device);
}

void evaluate_often(const Run& run, nlohmann::ordered_json& report) {
  const Splits splits = open_splits(run.config, open_dataset(run.config.data), run.device);
  Learner learner = make_learner(run.config, kTinyClasses, run.device);
  for (int n = 0; n < 5; ++n) {
    reset();
    evaluate(learner.network, splits.target, run.device, {run.config.batch_size, 0, 1},
             [] { return false; });
    report["evaluations"].push_back(counts());
  }
}

void feed_often(const Run& run, nlohmann::ordered_json& report) {
  const Splits splits = open_splits(run.config, open_dataset(run.config.data), run.device);
  Feed feed(find_method(run.config.method).streams, splits, run.config, run.device, 0);
  for (std::uint64_t n = 0; n < run.steps; ++n) feed.next();
  synchronize(run.device);
  report["feeds"] = counts();
}

int run(int argc, char** argv) {
  if (argc < 3) throw Error(ErrorKind::kUsage, "usage: stub_driver MODE FOLDER [OPTION VALUE]…");
  const std::string mode = argv[1];
  if (mode == "data") {
    TinyDataset dataset;
    dataset.side = static_cast<std::uint32_t>(resize_base(tiny_config("", "").image_size));
    write_tiny_dataset(argv[2], dataset);
    return 0;
  }
  const Run run = parse(argc, argv);
  set_up_arithmetic({});
  nlohmann::ordered_json report;
  if (mode == "step") step(run, report);
  if (mode == "evaluate") evaluate_often(run, report);
  if (mode == "feed") feed_often(run, report);
  std::printf("%s\n", report.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace rod::trainer

int main(int argc, char** argv) {
  try {
    return rod::trainer::with_torch_errors([&] { return rod::trainer::run(argc, argv); });
  } catch (const rod::Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return error.exit_code();
  }
}
