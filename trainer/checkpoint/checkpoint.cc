#include "trainer/checkpoint/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "store/checkpoint_folder.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

constexpr const char* kPendingLosses = "losses.pending";
constexpr std::string_view kAverage = "ema.";
constexpr const char* kPayload = "payload";
constexpr const char* kSeal = "seal";

// The bits that are all set in infinities and NaNs alone; 0 for integers.
std::uint64_t exponent_mask(shard::Dtype dtype) {
  switch (dtype) {
    case shard::Dtype::kF64:
      return 0x7FF0000000000000;
    case shard::Dtype::kF32:
      return 0x7F800000;
    case shard::Dtype::kBF16:
      return 0x7F80;
    case shard::Dtype::kF16:
      return 0x7C00;
    default:
      return 0;
  }
}

template <typename Bits>
bool exponents_below(std::span<const std::byte> data, Bits mask) {
  const auto* const values = reinterpret_cast<const Bits*>(data.data());
  unsigned found = 0;
  for (std::size_t i = 0; i < data.size() / sizeof(Bits); ++i) found |= (values[i] & mask) == mask;
  return found == 0;
}

bool is_finite(const shard::TensorData& tensor) {
  const std::uint64_t mask = exponent_mask(tensor.dtype);
  if (mask == 0) return true;
  switch (shard::dtype_bytes(tensor.dtype)) {
    case 8:
      return exponents_below<std::uint64_t>(tensor.data, mask);
    case 4:
      return exponents_below<std::uint32_t>(tensor.data, static_cast<std::uint32_t>(mask));
    default:
      return exponents_below<std::uint16_t>(tensor.data, static_cast<std::uint16_t>(mask));
  }
}

void require_finite(const CapturedCheckpoint& checkpoint) {
  for (const shard::TensorData& tensor : checkpoint.tensors.data()) {
    if (is_finite(tensor)) continue;
    throw Error(
        ErrorKind::kFailed,
        fmt::format(
            "{} is not finite after step {}: training has diverged, and this is not saved. The "
            "checkpoints before it are kept; start again in a new --logdir with a smaller --lr",
            tensor.name, checkpoint.metadata.at("step")));
  }
}

// Hash of the metadata but for the seal itself: without it a flipped digit of `step` would pass.
std::string seal_of(const shard::Metadata& metadata) {
  Hasher hasher;
  for (const auto& [key, value] : metadata) {
    if (key != kSeal) hasher.update(fmt::format("{}={}\n", key, value));
  }
  return hasher.digest().hex();
}

// Queued, not yet waited for.
CapturedCheckpoint with_network(const CheckpointHead& head, Learner& learner,
                                TensorSnapshot memory) {
  memory.clear();
  CapturedCheckpoint checkpoint{to_metadata(head), std::move(memory)};
  checkpoint.tensors.add("", learner.network->state());
  return checkpoint;
}

void wait_for_device(Learner& learner) {
  synchronize(learner.network->state().front().second.device());
}

std::span<const std::byte> bytes_of(const torch::Tensor& tensor) {
  return {static_cast<const std::byte*>(tensor.data_ptr()), tensor.nbytes()};
}

void require_hash(const std::string& path, const char* what, const std::string& found,
                  const std::string& expected) {
  if (found == expected) return;
  throw BadInput(fmt::format("{}: its {} have the hash {}, expected {}; the file is damaged", path,
                             what, found, expected));
}

CheckpointHead head_of(const shard::SafetensorsFile& file) {
  CheckpointHead head = parse_checkpoint_head(file.metadata(), file.path());
  require_hash(file.path(), "metadata", seal_of(file.metadata()),
               require_text(file.metadata(), kSeal, file.path()));
  return head;
}

// Copies the file's tensors into the live ones of the same names.
void copy_into(const Checkpoint& checkpoint, const NamedTensors& live) {
  const torch::NoGradGuard no_gradients;
  for (const auto& [name, tensor] : live) {
    const auto found = checkpoint.tensors.find(name);
    if (found == checkpoint.tensors.end()) {
      throw BadInput(fmt::format("{}: lacks the tensor {}; it belongs to another network",
                                 checkpoint.path, name));
    }
    if (found->second.sizes() != tensor.sizes() || found->second.dtype() != tensor.dtype()) {
      throw BadInput(
          fmt::format("{}: tensor {} has another shape or type than the network's; it belongs to "
                      "another network",
                      checkpoint.path, name));
    }
    torch::Tensor destination = tensor.detach();
    destination.copy_(found->second);
  }
}

}  // namespace

bool is_model_tensor(const std::string& name) {
  return !name.starts_with("optimizer.") && !name.starts_with("losses.") &&
         !name.starts_with(kAverage);
}

CapturedCheckpoint capture_model(const CheckpointHead& head, Learner& learner,
                                 TensorSnapshot memory) {
  CapturedCheckpoint checkpoint = with_network(head, learner, std::move(memory));
  wait_for_device(learner);
  return checkpoint;
}

CapturedCheckpoint capture_checkpoint(const CheckpointHead& head, Learner& learner,
                                      const LossHistory& losses, TensorSnapshot memory) {
  CheckpointHead complete = head;
  complete.loss_names = losses.names();
  CapturedCheckpoint checkpoint = with_network(complete, learner, std::move(memory));
  checkpoint.tensors.add("", learner.training_state());
  if (!losses.empty()) checkpoint.tensors.add(kPendingLosses, losses.rows());
  wait_for_device(learner);
  return checkpoint;
}

void seal_checkpoint(CapturedCheckpoint& checkpoint) {
  require_finite(checkpoint);
  Hasher hasher;
  for (const shard::TensorData& tensor : checkpoint.tensors.data()) {
    hasher.update(tensor.name);
    hasher.update(tensor.data);
  }
  checkpoint.metadata[kPayload] = hasher.digest().hex();
  checkpoint.metadata[kSeal] = seal_of(checkpoint.metadata);
}

void write_checkpoint(const std::filesystem::path& path, const CapturedCheckpoint& checkpoint) {
  shard::write_safetensors(path, checkpoint.tensors.data(), checkpoint.metadata);
}

CheckpointHead read_checkpoint_head(const std::filesystem::path& path) {
  return head_of(shard::SafetensorsFile(path));
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  const shard::SafetensorsFile file(store::follow_last(path));
  Checkpoint checkpoint{file.path(), head_of(file), {}};

  std::vector<std::pair<std::uint64_t, std::string>> in_file_order;
  for (const auto& [name, view] : file.tensors()) in_file_order.emplace_back(view.offset, name);
  std::sort(in_file_order.begin(), in_file_order.end());
  Hasher hasher;
  for (const auto& [offset, name] : in_file_order) {
    const torch::Tensor tensor = read_tensor(file, name);
    hasher.update(name);
    hasher.update(bytes_of(tensor));
    checkpoint.tensors.emplace(name, tensor);
  }
  require_hash(file.path(), "tensors", hasher.digest().hex(),
               require_text(file.metadata(), kPayload, file.path()));
  return checkpoint;
}

bool use_average(Checkpoint& checkpoint) {
  std::map<std::string, torch::Tensor> average;
  for (auto& [name, tensor] : checkpoint.tensors) {
    if (name.starts_with(kAverage)) average.emplace(name.substr(kAverage.size()), tensor);
  }
  for (auto& [name, tensor] : average) {
    if (!checkpoint.tensors.contains(name)) {
      throw BadInput(
          fmt::format("{}: has an average of {}, which it lacks", checkpoint.path, name));
    }
    checkpoint.tensors[name] = tensor;
    checkpoint.tensors.erase(std::string(kAverage) + name);
  }
  return !average.empty();
}

void restore_network(const Checkpoint& checkpoint, Network& network) {
  const NamedTensors state = network->state();
  copy_into(checkpoint, state);
  const auto count =
      std::count_if(checkpoint.tensors.begin(), checkpoint.tensors.end(),
                    [](const auto& tensor) { return is_model_tensor(tensor.first); });
  if (static_cast<std::size_t>(count) != state.size()) {
    throw BadInput(
        fmt::format("{}: has {} tensors of a network, expected {}; it belongs to another network",
                    checkpoint.path, count, state.size()));
  }
}

void restore_learner(const Checkpoint& checkpoint, Learner& learner, LossHistory& losses) {
  restore_network(checkpoint, learner.network);
  copy_into(checkpoint, learner.training_state());
  losses.clear();
  const auto pending = checkpoint.tensors.find(kPendingLosses);
  if (pending == checkpoint.tensors.end()) return;
  const torch::Tensor& rows = pending->second;
  if (rows.dim() != 2 || rows.scalar_type() != torch::kFloat || rows.size(0) == 0 ||
      rows.size(1) != static_cast<std::int64_t>(checkpoint.head.loss_names.size())) {
    throw BadInput(
        fmt::format("{}: its {} do not fit its loss_names", checkpoint.path, kPendingLosses));
  }
  const auto device = learner.network->state().front().second.device();
  losses.restore(checkpoint.head.loss_names, rows.to(device));
}

}  // namespace rod::trainer
