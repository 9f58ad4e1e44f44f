// `rodtrain export CHECKPOINT OUT`: a trained network alone, for other programs.
#include <fmt/format.h>

#include "base/error.h"
#include "cli/command_line.h"
#include "io/file.h"
#include "trainer/checkpoint/checkpoint.h"
#include "trainer/commands/commands.h"
#include "trainer/pth/pth_file.h"
#include "trainer/tensor/device.h"
#include "trainer/tensor/tensor_io.h"

namespace rod::trainer {
namespace {

struct ExportOptions {
  std::filesystem::path from, to;
  std::string module;  // empty: the whole network
};

// Calls add(name, tensor) for each tensor of the network, or of one of its modules without the
// prefix.
template <typename Add>
void for_each_model_tensor(const Checkpoint& checkpoint, const std::string& module,
                           const Add& add) {
  const std::string prefix = module.empty() ? "" : module + ".";
  for (const auto& [name, tensor] : checkpoint.tensors) {
    if (is_model_tensor(name) && name.starts_with(prefix)) add(name.substr(prefix.size()), tensor);
  }
}

void write_network(const ExportOptions& options, const Checkpoint& checkpoint,
                   std::span<const shard::TensorData> tensors) {
  if (options.to.extension() == ".pth") return write_pth(options.to, tensors);
  // "pt" is how Python's libraries mark files whose tensors are PyTorch's.
  shard::Metadata metadata = {{"format", "pt"},
                              {"classes", fmt::format("{}", checkpoint.head.classes)},
                              {"step", fmt::format("{}", checkpoint.head.state.step)},
                              {"options", checkpoint.head.options.dump()}};
  if (!checkpoint.head.class_names.empty()) {
    metadata["class_names"] = nlohmann::json(checkpoint.head.class_names).dump();
  }
  shard::write_safetensors(options.to, tensors, metadata);
}

int run_export(const ExportOptions& options, nlohmann::ordered_json& report) {
  const auto extension = options.to.extension();
  if (extension != ".safetensors" && extension != ".pth") {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("{}: only .safetensors and .pth can be written; give OUT one of these endings",
                    options.to.string()));
  }
  std::error_code absent;  // OUT, as a rule
  if (std::filesystem::equivalent(options.from, options.to, absent)) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is the checkpoint itself; give OUT another name",
                                               options.to.string()));
  }
  Checkpoint checkpoint = read_checkpoint(options.from);
  report["averaged"] = use_average(checkpoint);
  TensorSnapshot tensors;
  for_each_model_tensor(
      checkpoint, options.module,
      [&](const std::string& name, const torch::Tensor& tensor) { tensors.add(name, tensor); });
  if (tensors.data().empty()) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("--module {}: {} has no tensors of it; take netG_rgb, netG_depth, netF, …",
                    options.module, checkpoint.path));
  }
  write_network(options, checkpoint, tensors.data());
  // A .pth has no place for them that load_state_dict() would accept.
  const bool classifies = options.module.empty() || options.module == "netF";
  if (extension == ".pth" && classifies && !checkpoint.head.class_names.empty()) {
    std::filesystem::path names = options.to;
    names.replace_extension(".classes.json");
    io::write_file(names, nlohmann::json(checkpoint.head.class_names).dump(2) + "\n");
    report["class_names"] = names.string();
  }
  report["path"] = options.to.string();
  report["tensors"] = tensors.data().size();
  report["step"] = checkpoint.head.state.step;
  return 0;
}

}  // namespace

int export_command(int argc, char** argv) {
  ExportOptions options;
  cli::CommandLine line(
      "rodtrain export",
      "Writes the network of a checkpoint without the state of its training. The tensors are named "
      "as in the course's Python program. The names of the classes are in the .safetensors, and "
      "beside a .pth in NAME.classes.json. For ONNX, load the .safetensors in Python with "
      "rodprep.models.",
      "rodtrain export runs/rr/best.safetensors rr.safetensors\n"
      "rodtrain export runs/rr/best.safetensors rr.pth\n"
      "rodtrain export runs/rr/best.safetensors rr_netG_rgb_epoch40.pth --module netG_rgb");
  line.app().add_option("CHECKPOINT", options.from, kCheckpointHelp)->required();
  line.app()
      .add_option("OUT", options.to,
                  "file to write: NAME.safetensors, or NAME.pth for torch.load()")
      ->required();
  line.app().add_option(
      "--module", options.module,
      "write only this module, named as its load_state_dict() expects: netG_rgb, netG_depth, netF, "
      "netF_rot, …");
  line.without_jobs();
  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    return with_torch_errors([&] { return run_export(options, report); });
  });
}

}  // namespace rod::trainer
