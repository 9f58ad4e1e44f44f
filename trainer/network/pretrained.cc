#include "trainer/network/pretrained.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/error.h"
#include "io/file.h"
#include "shard/safetensors_file.h"
#include "store/checkpoint_folder.h"
#include "trainer/pth/pth_file.h"
#include "trainer/tensor/tensor_io.h"

namespace rod::trainer {
namespace {

using Tensors = std::map<std::string, torch::Tensor>;

// In the order of the course's checkpoints.
constexpr std::string_view kModules[] = {"netG_rgb", "netG_depth", "netF", "netF_rot"};
constexpr std::string_view kOurModules[] = {"netF_rot_rgb", "netF_rot_depth", "netD"};
constexpr std::string_view kWrappers[] = {"state_dict.", "model_state_dict.", "model.", "module."};
constexpr std::string_view kCheckpointModules = "modules.";
constexpr std::uint64_t kMaxFile = std::uint64_t{4} << 30;
constexpr std::size_t kListed = 12;  // tensors that a message names

std::string_view module_of(std::string_view name) {
  return name.substr(0, name.find('.'));
}

bool is_module(std::string_view name) {
  const auto is_name = [&](std::string_view module) { return module == name; };
  return std::any_of(std::begin(kModules), std::end(kModules), is_name) ||
         std::any_of(std::begin(kOurModules), std::end(kOurModules), is_name);
}

Tensors read_pth_tensors(const std::filesystem::path& path) {
  const std::string bytes = io::read_file(path, kMaxFile);
  Tensors tensors;
  for (const auto& [name, found] : read_pth(std::as_bytes(std::span(bytes)), path.string())) {
    const std::vector<std::int64_t> shape(found.shape.begin(), found.shape.end());
    const torch::Tensor tensor = torch::empty(
        shape, torch_dtype(found.dtype, fmt::format("{}: tensor {}", path.string(), name)));
    found.copy_to(std::span(static_cast<std::byte*>(tensor.data_ptr()), tensor.nbytes()));
    tensors.emplace(name, tensor);
  }
  return tensors;
}

Tensors read_tensors(const std::filesystem::path& path) {
  std::array<std::byte, 16> first{};
  const std::size_t count = io::File::open_read(path).read_some(first, 0);
  if (looks_like_pth(std::span(first).first(count))) return read_pth_tensors(path);
  const shard::SafetensorsFile file(path);
  Tensors tensors;
  for (const auto& [name, view] : file.tensors()) tensors.emplace(name, read_tensor(file, name));
  if (tensors.empty()) {
    throw BadInput(
        fmt::format("{}: holds no tensors; give a file with a model's state dict", path.string()));
  }
  return tensors;
}

// Without prefixes that every tensor of a model has because something was wrapped around it.
Tensors unwrapped(Tensors tensors) {
  for (const std::string_view wrapper : kWrappers) {
    Tensors inner;
    for (const auto& [name, tensor] : tensors) {
      if (name.starts_with(wrapper)) inner.emplace(name.substr(wrapper.size()), tensor);
    }
    if (!inner.empty()) tensors = std::move(inner);
  }
  return tensors;
}

Tensors with_prefix(const Tensors& tensors, std::string_view module) {
  Tensors named;
  for (const auto& [name, tensor] : tensors)
    named.emplace(fmt::format("{}.{}", module, name), tensor);
  return named;
}

// "modules.2.fc1.0.weight" -> "netF.fc1.0.weight"; the optimisers' are left out.
Tensors of_checkpoint(const Tensors& tensors) {
  Tensors named;
  for (const auto& [name, tensor] : tensors) {
    if (!name.starts_with(kCheckpointModules)) continue;
    const std::string rest = name.substr(kCheckpointModules.size());
    const char digit = rest.empty() ? '?' : rest.front();
    if (digit < '0' || digit > '3' || rest.size() < 2 || rest[1] != '.') continue;
    named.emplace(
        fmt::format("{}{}", kModules[static_cast<std::size_t>(digit - '0')], rest.substr(1)),
        tensor);
  }
  return named;
}

// Which backbones a ResNet by itself goes into.
std::vector<std::string_view> backbones_for(const std::string& file_name) {
  const bool rgb = file_name.find("netG_rgb") != std::string::npos,
             depth = file_name.find("netG_depth") != std::string::npos;
  if (rgb != depth) return {rgb ? "netG_rgb" : "netG_depth"};
  return {"netG_rgb", "netG_depth"};
}

// The file's tensors under the names of a whole network.
Tensors under_network_names(const Tensors& file, const std::filesystem::path& path) {
  const Tensors tensors = unwrapped(file);
  if (const Tensors modules = of_checkpoint(tensors); !modules.empty()) return modules;
  if (std::any_of(tensors.begin(), tensors.end(),
                  [](const auto& item) { return is_module(module_of(item.first)); })) {
    return tensors;
  }
  if (tensors.contains("conv_1x1.0.weight")) return with_prefix(tensors, "netF_rot");
  if (tensors.contains("fc1.0.weight")) return with_prefix(tensors, "netF");
  if (!tensors.contains("conv1.weight")) {
    throw BadInput(fmt::format("{}: its tensors belong to no known network; the first is {}",
                               path.string(), tensors.begin()->first));
  }
  Tensors backbone;
  for (const auto& [name, tensor] : tensors) {
    if (module_of(name) != "fc") backbone.emplace(name, tensor);
  }
  Tensors named;
  for (const std::string_view module : backbones_for(path.filename().string())) {
    named.merge(with_prefix(backbone, module));
  }
  return named;
}

std::string shape_text(const torch::Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.sizes(), ","));
}

// Collects what is wrong with each tensor, for one message.
class Complaints {
 public:
  void add(std::string text) { texts_.push_back(std::move(text)); }

  void throw_if_any(const std::filesystem::path& path, const NetworkOptions& options) const {
    if (texts_.empty()) return;
    std::string text =
        fmt::format("{}: does not fit {} at {} pixels with {} classes:", path.string(),
                    options.arch, options.image_size, options.classes);
    for (std::size_t i = 0; i < std::min(texts_.size(), kListed); ++i) text += "\n  " + texts_[i];
    if (texts_.size() > kListed) text += fmt::format("\n  and {} more", texts_.size() - kListed);
    text +=
        "\nIt needs the same --arch, --modality and classes; torchvision's weights, also "
        "--image-size 128 or more";
    throw BadInput(text);
  }

 private:
  std::vector<std::string> texts_;
};

}  // namespace

std::string load_pretrained(const std::filesystem::path& given, Network& network) {
  const std::filesystem::path path = store::follow_last(given);
  Tensors file = under_network_names(read_tensors(path), path);
  const NamedTensors state = network->state();
  std::map<std::string_view, std::size_t> loaded;  // tensors, by module
  for (const auto& [name, tensor] : state) {
    const std::string_view module = module_of(name);
    const auto first = file.lower_bound(fmt::format("{}.", module));
    if (first != file.end() && module_of(first->first) == module) loaded.emplace(module, 0);
  }

  Complaints complaints;
  std::vector<std::pair<torch::Tensor, torch::Tensor>> copies;  // to, from
  for (const auto& [name, tensor] : state) {
    const auto module = loaded.find(module_of(name));
    if (module == loaded.end()) continue;
    const auto found = file.find(name);
    if (found == file.end()) {
      // Files from before PyTorch 0.4.1 lack it; nothing is computed from it.
      if (!name.ends_with("num_batches_tracked")) complaints.add(name + " is missing");
      continue;
    }
    if (found->second.sizes() != tensor.sizes()) {
      complaints.add(fmt::format("{} is {}, expected {}", name, shape_text(found->second),
                                 shape_text(tensor)));
    } else if (found->second.is_floating_point() != tensor.is_floating_point()) {
      complaints.add(fmt::format("{} has values of the wrong type", name));
    }
    copies.emplace_back(tensor, found->second);
    ++module->second;
    file.erase(found);
  }
  for (const auto& [name, tensor] : file) {
    if (loaded.contains(module_of(name))) complaints.add(name + " has no place in the network");
  }
  complaints.throw_if_any(path, network->options());
  if (loaded.empty()) {
    throw BadInput(fmt::format("{}: has weights for {}, which this network does not have",
                               path.string(),
                               file.empty() ? "nothing" : module_of(file.begin()->first)));
  }

  const torch::NoGradGuard no_gradients;
  for (auto& [to, from] : copies) to.detach().copy_(from);
  std::string text;
  for (const auto& [module, count] : loaded) {
    text += fmt::format("{}{} ({} tensors)", text.empty() ? "" : ", ", module, count);
  }
  std::set<std::string_view> unused;
  for (const auto& [name, tensor] : file) {
    if (is_module(module_of(name))) unused.insert(module_of(name));
  }
  return unused.empty() ? text : fmt::format("{}; not used: {}", text, fmt::join(unused, ", "));
}

}  // namespace rod::trainer
