// `rodtrain predict CHECKPOINT SOURCE…`: classifies images with a trained network.
#include "trainer/learning/predict.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "base/error.h"
#include "base/machine.h"
#include "base/status_line.h"
#include "base/stop.h"
#include "cli/command_line.h"
#include "io/file.h"
#include "trainer/commands/commands.h"
#include "trainer/commands/decoded_images.h"
#include "trainer/commands/prediction_lines.h"
#include "trainer/commands/trained_network.h"
#include "trainer/input/depth_input.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

struct PredictOptions {
  std::filesystem::path checkpoint, output;
  ImageOptions images;    // its sources may be one data set
  io::DataFolder folder;  // of a data set at an address
  std::string split;
  std::string device = "auto";
  bool tf32 = true;
  std::uint32_t batch_size = 64;
  unsigned jobs = 0;
  bool quiet = false, json = false;
};

enum class LineFormat { kText, kJson, kCsv };

LineFormat format_of(const PredictOptions& options) {
  if (options.output.empty()) return options.json ? LineFormat::kJson : LineFormat::kText;
  const std::string ending = options.output.extension().string();
  if (ending == ".jsonl") return LineFormat::kJson;
  if (ending == ".csv") return LineFormat::kCsv;
  throw Error(ErrorKind::kUsage,
              fmt::format("--output {}: only .jsonl and .csv can be written; give the file one of "
                          "these endings",
                          options.output.string()));
}

// Where lines go: standard output, or a file that is complete or absent.
class LineWriter {
 public:
  explicit LineWriter(const std::filesystem::path& file) {
    if (!file.empty()) file_ = std::make_unique<io::AtomicFile>(file);
  }
  void write(const std::string& line) {
    if (file_) {
      file_->write(line);
    } else {
      std::fwrite(line.data(), 1, line.size(), stdout);
    }
  }
  void publish() {
    if (file_) file_->publish();
  }

 private:
  std::unique_ptr<io::AtomicFile> file_;
};

bool is_data_set(const std::filesystem::path& source) {
  return std::filesystem::exists(source / shard::kManifestName);
}

// The split that --split names, or the only one. Throws Error(kUsage) listing the splits.
std::string chosen_split(const PredictOptions& options, const shard::Manifest& manifest) {
  if (!options.split.empty()) return options.split;
  if (manifest.splits.size() == 1) return manifest.splits.front().name;
  std::string names;
  for (const shard::SplitInfo& split : manifest.splits) {
    names += (names.empty() ? "" : ", ") + split.name;
  }
  throw Error(ErrorKind::kUsage, fmt::format("{}: has the splits {}; choose one with --split",
                                             options.images.sources.front().string(), names));
}

// A data set that this program itself has made of images. Throws BadInput if they lack what the
// network needs.
shard::Manifest open_images(const std::filesystem::path& data, const TrainConfig& config) {
  const shard::Manifest manifest = shard::read_manifest(data);
  const auto refuse = [&](const char* found, const char* names) {
    throw BadInput(
        fmt::format("the network was trained with --modality {}, but {}; name them as {}, or give "
                    "--rgb-pattern and --depth-pattern",
                    config.modality, found, names));
  };
  const bool rgbd = config.modality == "rgbd";
  if (config.modality != "rgb" && !manifest.pixels.has_depth()) {
    refuse(rgbd ? "no image has a depth image beside it" : "no image is named like depth",
           rgbd ? "photo_rgb.png and photo_depth.png" : "photo_depth.png");
  }
  if (config.modality != "depth" && !manifest.pixels.has_rgb()) {
    refuse(rgbd ? "no depth image has an RGB image beside it" : "all images are named like depth",
           rgbd ? "photo_rgb.png and photo_depth.png" : "photo_rgb.png");
  }
  return open_dataset(data, {}, config.modality);
}

int run_predict(PredictOptions options, nlohmann::ordered_json& report) {
  const LineFormat format = format_of(options);
  const auto say = [&](const std::string& text) {
    if (!options.quiet) write_stderr("rodtrain predict: " + text + "\n");
  };
  set_up_arithmetic({.tf32 = options.tf32});
  const torch::Device device = choose_device(options.device);
  Checkpoint checkpoint = read_checkpoint(options.checkpoint);
  if (use_average(checkpoint)) say("using the averaged weights of the run's --ema");
  const TrainConfig config = config_from_options(checkpoint.head.options, checkpoint.path);
  Network network = load_network(checkpoint, device);

  const bool given = options.folder.open ||
                     (options.images.sources.size() == 1 && is_data_set(options.images.sources[0]));
  if (!given && !options.split.empty()) {
    throw Error(ErrorKind::kUsage, fmt::format("--split {}: {} is not a data set", options.split,
                                               options.images.sources[0].string()));
  }
  if (!given && checkpoint.head.class_names.empty()) {
    throw BadInput(
        fmt::format("{}: has no class names, as an older version of rodtrain wrote it; "
                    "give the data set that it was trained on as SOURCE",
                    checkpoint.path));
  }
  options.images.jobs = options.jobs;
  const std::unique_ptr<DecodedImages> images =
      given ? nullptr : std::make_unique<DecodedImages>(options.images, say);
  const io::DataFolder data = options.folder.open ? options.folder
                              : given             ? options.images.sources[0]
                                                  : images->data_set();
  const shard::Manifest manifest =
      given ? open_dataset(data, data.how, config.modality) : open_images(data.name, config);
  const std::string depth_input =
      config_for(config, checkpoint.path, manifest.pixels, options.images.sources[0].string(),
                 given ? kCacheNormals : "give --depth normals")
          .depth_input;
  const std::vector<std::string> classes =
      network_classes(checkpoint, manifest, data.name.string(), say);
  const Split split = open_split(data, manifest, chosen_split(options, manifest));

  LineWriter writer(options.output);
  if (format == LineFormat::kCsv) writer.write(csv_header());
  const auto line = format == LineFormat::kText  ? text_line
                    : format == LineFormat::kCsv ? csv_line
                                                 : json_line;
  const bool all = predict(
      network, split, device,
      {options.batch_size, 0, thread_count(options.jobs), depth_input_from_name(depth_input)},
      [] { return stop_signal() != 0; },
      [&](const Prediction& prediction) {
        const std::string key = split->key(prediction.sample);
        writer.write(line(prediction, images ? images->file(key) : key, classes));
      });
  if (!all) throw_if_stopped("nothing was written");
  writer.publish();
  if (options.output.empty()) {
    report = nullptr;  // the lines were the report
    return 0;
  }
  report = {{"output", options.output.string()}, {"pairs", split->size()}};
  say(fmt::format("{}: {} predictions", options.output.string(), split->size()));
  return 0;
}

void add_image_options(CLI::App& app, ImageOptions& images, std::string& on_error) {
  app.add_option("--rgb-pattern", images.rgb_pattern,
                 "which image files are RGB, such as '*_rgb.png' or 'rgb/*'; without "
                 "--depth-pattern, RGB only; detected if both are absent");
  app.add_option("--depth-pattern", images.depth_pattern,
                 "which image files are depth; each * matches the same text as in --rgb-pattern; "
                 "without that, depth only");
  app.add_option("--depth", images.depth,
                 "how depth files are read, as rodprep cache does: rgb, 8-bit colourings; normals, "
                 "surface normals computed from millimetres; auto, by the first image")
      ->check(CLI::IsMember({"auto", "rgb", "normals"}));
  app.add_option("--size", images.size,
                 "pixels per side that image files are scaled to: --size of the data set that the "
                 "network was trained on")
      ->check(CLI::Range(16, 4096));
  app.add_option("--on-error", on_error, "bad image file: fail, or skip it with a message")
      ->check(CLI::IsMember({"fail", "skip"}));
  app.add_option("--local-dir", images.local_dir,
                 "folder for the decoded image files while they are classified; default: the "
                 "system's temporary folder")
      ->type_name("DIR");
}

}  // namespace

int predict_command(int argc, char** argv) {
  PredictOptions options;
  std::string on_error = "fail";
  cli::CommandLine line(
      "rodtrain predict",
      "Classifies images with a trained network: prints the class, its probability, and the five "
      "most probable classes. With --json, one JSON object per line.",
      "rodtrain predict runs/rr/best.safetensors photos\n"
      "rodtrain predict runs/rr/best.safetensors cup_rgb.png cup_depth.png\n"
      "rodtrain predict runs/rr/best.safetensors scans --rgb-pattern '*_color.jpg' "
      "--depth-pattern '*_depth.png' --output scans.csv\n"
      "rodtrain predict runs/rr/best.safetensors /content/shards --split ROD --output rod.jsonl\n"
      "rodtrain predict runs/rr/best.safetensors https://example.org/shards --split ROD");
  CLI::App& app = line.app();
  app.add_option("CHECKPOINT", options.checkpoint, kCheckpointHelp)->required();
  app.add_option("SOURCE", options.images.sources,
                 "a data set folder, or its address; or image files and folders of them, RGB and "
                 "depth distinguished by their names, which the program rodprep decodes")
      ->required();
  TrainConfig address;  // of which only the data is used
  add_address_options(app, address);
  app.add_option("--split", options.split, "split of the data set; default: its only one");
  app.add_option("--output", options.output, "write FILE.jsonl or FILE.csv instead of printing")
      ->type_name("FILE");
  app.add_option("-b,--batch-size", options.batch_size, "pairs at a time")
      ->check(CLI::Range(1u, 1u << 20));
  add_image_options(app, options.images, on_error);
  add_device_options(app, options.device, options.tf32);
  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    options.jobs = line.common().jobs;
    options.quiet = line.common().quiet;
    options.json = line.common().json;
    options.images.skip_bad = on_error == "skip";
    for (std::filesystem::path& source : options.images.sources) {
      if (!io::is_address(source)) continue;
      if (options.images.sources.size() > 1) {
        throw Error(ErrorKind::kUsage,
                    "an address is that of one data set; give it as the only SOURCE, and download "
                    "images before they are classified");
      }
      address.data = source;
      options.folder = open_data_to_read(address, argc, argv, "nothing was written");
      source = address.data;
    }
    return with_torch_errors([&] { return run_predict(options, report); });
  });
}

}  // namespace rod::trainer
