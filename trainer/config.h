// The complete configuration of a training run.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/data_folder.h"

namespace rod::trainer {

// How often a checkpoint is written besides each epoch's end: by time, or by steps where `steps` >
// 0.
struct SaveEvery {
  std::chrono::seconds time{600};
  std::uint64_t steps = 0;
};

// "10min" or "500steps". Throws Error(kUsage).
SaveEvery parse_save_every(std::string_view text);

inline constexpr std::uint32_t kAutoBatch = 0;  // the batch size is not chosen yet

// The splits of a run; a name is empty if there is no such split.
struct SplitNames {
  std::string source_train, source_test, target;
};

struct TrainConfig {
  // Where.
  std::filesystem::path data, logdir;  // an address of `data` is without credentials
  io::DataFolder dataset;              // `data`, if it is an address
  io::RemoteOptions remote;            // how it is read
  bool resume = false;
  bool allow_changed = false;  // resume even if options or data differ, if the state fits
  // Folder on this machine's disk for copies of shards from a drive, and for checkpoints that are
  // not published yet. Empty: shards are read in place, and a folder for checkpoints is chosen.
  std::filesystem::path local_dir;
  std::uint64_t local_limit =
      0;  // bytes that the copies may take; 0: the free space, less a reserve

  // What is computed. These options determine every bit of the result, and a run keeps them from
  // start to end. `source` stands for the splits SOURCE-train and SOURCE-test, or is the train
  // split itself; empty: chosen by with_data_choices().
  std::string source = "synROD", target = "ROD";
  std::string method = "rr";      // empty: chosen for the data set
  std::string modality = "rgbd";  // or "rgb", "depth"; empty: that of the data set
  // The input made of depth: "stored" colours or, from 16-bit depth, "normals", "gray" or "jet".
  std::string depth_input = "stored";
  std::string arch = "resnet18";
  std::vector<std::string> pretrained;  // files with initial weights; read when a run starts
  std::uint64_t seed = 1;
  std::string order = "full";  // full, window, sequential: how an epoch is shuffled
  std::uint32_t window = 8;    // shards that are shuffled together if `order` is window
  std::uint32_t batch_size = 64;
  std::uint32_t image_size = 224;  // pixels per side, after the crop
  std::string optimizer = "sgd";   // or "adamw"
  double lr = 3e-4, lr_mult = 1, weight_decay = 0.05;
  std::string schedule = "constant";  // of lr: constant, cosine, step, inverse
  double schedule_epochs = 0;         // of cosine and inverse; 0: `epochs`
  std::uint32_t step_size = 0;        // epochs, of step
  double gamma = .1;                  // of step
  std::string warmup = "0";           // see parse_warmup()
  double clip_grad = 0;               // norm of all gradients; 0: not clipped
  double ema = 0;                     // decay of the averaged weights; 0: none
  // Random changes of the images' appearance; 0: none. See Appearance.
  double color_jitter = 0, hue_jitter = 0, grayscale_p = 0, erasing_p = 0;
  double depth_noise = 0, depth_dropout_p = 0;
  double dropout_p = 0.5, rot_dropout_p = 0.5;
  double weight_rot = 1, weight_ent = 0.1, weight_adapt = 1;
  double ramp_epochs = 10;  // over which dann's weight rises; 0: constant
  bool sync_bn = false;     // batch normalisation over the global batch
  // "off": float32 throughout; "bf16", "fp16": the precision of matrix products and convolutions;
  // "auto": not decided yet, see with_amp().
  std::string amp = "off";
  // Whether a step's minibatches go through the network as one batch: off, on; auto: not decided
  // yet, see with_concat_batches().
  std::string concat_batches = "off";

  std::string select = "im";  // the criterion that chooses best_unlabelled.safetensors

  // The folder for published weights in `pretrained` (empty: torch hub's cache), and the address to
  // download them from.
  std::filesystem::path weights_dir;
  std::string weights_url = "https://download.pytorch.org/models";

  // Duration and execution; may change when a run resumes.
  std::uint32_t epochs = 40;
  std::uint64_t max_steps = 0;     // 0: no limit
  std::uint64_t patience = 0;      // evaluations without improvement that end a run; 0: no limit
  double max_time = 0;             // seconds of this process; 0: no limit
  std::string until;               // "HH:MM", local time; empty: no limit
  std::string device = "auto";     // auto, cpu, cuda, cuda:N
  std::string residency = "auto";  // auto, stream, ram, device: where samples are kept
  // of the GPU, in bytes; 0: not measured, see with_concat_batches()
  std::uint64_t step_memory = 0;
  bool deterministic = false;
  bool tf32 = true;                  // convolutions in float32 may use TensorFloat-32
  std::string cuda_graphs = "auto";  // auto, on, off: steps as one launch each
  SaveEvery save_every;
  std::uint32_t keep = 3;          // newest checkpoints
  std::uint64_t test_batches = 0;  // per evaluation; 0: the whole split
  std::uint64_t trace = 0;         // number of first steps to record
  unsigned jobs = 0;               // loader threads; 0: every core
  bool quiet = false;
  bool smallset = false;     // require the course's five classes
  bool sanitycheck = false;  // show the classification loss beside that of random guessing

  // The splits that `source` and `target` name in the data set; absent before with_data_choices().
  std::optional<SplitNames> names;

  std::string source_train() const { return names ? names->source_train : source + "-train"; }
  std::string source_test() const { return names ? names->source_test : source + "-test"; }

  // The splits that are evaluated: the source's test split and the target, if they exist.
  std::vector<std::string> evaluated_splits() const;
  // The split that decides which network is best: the target if there is one.
  std::string judged_split() const { return target.empty() ? source_test() : target; }
};

// Returns the options that determine the result, by name. Every checkpoint contains them.
nlohmann::ordered_json result_options(const TrainConfig& config);

// Returns a configuration with the options that result_options() wrote. Throws BadInput naming
// `path`.
TrainConfig config_from_options(const nlohmann::json& options, const std::string& path);

// Returns one line for each option that differs: "  --lr: 0.0003 in the run so far, 0.001 now"; ""
// if none does. `only_binding`: omits options that fit the same tensors and the same order of
// samples.
std::string options_difference(const nlohmann::json& before, const TrainConfig& now,
                               bool only_binding = false);

}  // namespace rod::trainer
