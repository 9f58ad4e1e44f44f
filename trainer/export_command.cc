// `rodtrain export CHECKPOINT OUT.safetensors`: a trained network alone, for other programs.
#include <fmt/format.h>

#include "base/error.h"
#include "cli/command_line.h"
#include "trainer/checkpoint.h"
#include "trainer/commands.h"
#include "trainer/device.h"
#include "trainer/tensor_io.h"

namespace rod {
namespace {

constexpr const char* kExtension = ".safetensors";

int run_export(const std::filesystem::path& from, const std::filesystem::path& to,
               nlohmann::ordered_json& report) {
  if (to.extension() != kExtension) {
    throw Error(ErrorKind::kUsage, fmt::format("{}: only {} can be written; give OUT that ending",
                                               to.string(), kExtension));
  }
  const Checkpoint checkpoint = read_checkpoint(from);
  TensorSnapshot tensors;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    if (is_model_tensor(name)) tensors.add(name, tensor);
  }
  // "pt" is how Python's libraries mark files whose tensors are PyTorch's.
  write_safetensors(to, tensors.data(),
                    {{"format", "pt"},
                     {"classes", fmt::format("{}", checkpoint.head.classes)},
                     {"step", fmt::format("{}", checkpoint.head.state.step)},
                     {"options", checkpoint.head.options.dump()}});
  report["path"] = to.string();
  report["tensors"] = tensors.data().size();
  report["step"] = checkpoint.head.state.step;
  return 0;
}

}  // namespace

int export_command(int argc, char** argv) {
  std::filesystem::path from, to;
  CommandLine line("rodtrain export",
                   "Writes a checkpoint's network alone, without optimiser; its tensors carry the "
                   "names of the course's "
                   "Python modules.",
                   "rodtrain export runs/rr/best.safetensors rr.safetensors");
  line.app().add_option("CHECKPOINT", from, "checkpoint of a run")->required();
  line.app().add_option("OUT", to, "file to write: NAME.safetensors")->required();
  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    return with_torch_errors([&] { return run_export(from, to, report); });
  });
}

}  // namespace rod
