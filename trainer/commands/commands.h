// rodtrain's commands, and the options that several of them share.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "trainer/config.h"

namespace rod::trainer {

// Each parses its own command line and returns the exit code.
int train_command(int argc, char** argv);
int eval_command(int argc, char** argv);
int predict_command(int argc, char** argv);
int bench_command(int argc, char** argv);
int report_command(int argc, char** argv);
int export_command(int argc, char** argv);

// What CHECKPOINT may be, for the help of the commands that read one.
inline constexpr const char* kCheckpointHelp =
    "best_unlabelled.safetensors, best.safetensors or checkpoints/last.safetensors of a run "
    "folder, or another checkpoint";

void add_data_options(CLI::App& app, TrainConfig& config);     // --data … --target
void add_address_options(CLI::App& app, TrainConfig& config);  // --allow-redirects … --region

// Removes the credentials of an address from `data` and the program's arguments. Call once, after
// the options are parsed. Throws what io::data_folder() throws.
void open_data_address(TrainConfig& config, int argc, char** argv);
// The same for a command that reads the data once: an address that does not respond is retried for
// a minute. Returns the data set's folder. `if_stopped`: advice for the user after a signal.
io::DataFolder open_data_to_read(TrainConfig& config, int argc, char** argv,
                                 const char* if_stopped);
void add_result_options(CLI::App& app,
                        TrainConfig& config);  // --method … --weight-ent: what is computed
void add_loading_options(CLI::App& app,
                         TrainConfig& config);  // --residency, --local-dir, --local-limit
// --device, --gpu, --tf32
void add_device_options(CLI::App& app, std::string& device, bool& tf32);
void add_cuda_graphs_option(CLI::App& app, std::string& cuda_graphs);

}  // namespace rod::trainer
