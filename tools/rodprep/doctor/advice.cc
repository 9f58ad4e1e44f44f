#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/capacity.h"
#include "base/units.h"
#include "doctor/doctor.h"
#include "prepare/cache/codec_choice.h"
#include "prepare/cache/room.h"
#include "shard/codec.h"
#include "stream/residency.h"

namespace rod::doctor {
namespace {

// Of ResNet-18 at 224 pixels, the default network; a step trains it on four streams of pairs.
// Operations: 1.82 GMAC forward, twice that backward. Memory: what autograd keeps of one image in
// float32, counted with PyTorch 2.13.
constexpr double kFlopPerImage = 3 * 2 * 1.82e9;
constexpr double kBytesPerImage = 22.2e6;
constexpr int kStreams = 4, kImagesPerPair = 2;
constexpr int kStreamsInOneBackward = 2;  // a source batch together with a target batch
constexpr double kFixedBytes = 1.5e9;     // weights, momentum, CUDA and its libraries' workspaces
constexpr double kGpuShare = 0.4;         // of the peak that convolutions reach
constexpr double kFlopsPerCore = 25e9;    // that they reach on a core
constexpr double kPipelineCost = 1.15;  // reading, hashing and writing, over decoding and encoding
constexpr double kDriveBytesPerSecond = 60e6;  // where a drive could not be measured

shard::PixelFormat pixels_of(const Workload& work) {
  return {work.size, work.size, shard::DepthKind::kColour};
}

std::uint64_t decoded_bytes(const Workload& work, std::uint64_t pairs) {
  return pairs * (pixels_of(work).rgb_bytes() + pixels_of(work).depth_bytes());
}

// What the doctor found, as the programs plan with it. `gpu`: the one that trains, or null.
Machine machine_of(const MachineState& found_machine, const Gpu* gpu) {
  Machine machine;
  machine.memory = found_machine.memory.available;
  if (const Disk* const disk = found(found_machine.disk)) {
    machine.disk = disk->free_bytes;
    if (disk->free_files > 0) machine.files = disk->free_files;
  }
  if (gpu != nullptr) machine.gpu_memory = gpu->free_memory;
  return machine;
}

const Gpu* first_gpu(const MachineState& machine) {
  const auto* const gpus = found(machine.gpus);
  return gpus == nullptr ? nullptr : &gpus->front();
}

// The torch that keeps training on the CPU, whatever the GPU; empty: none that one knows of.
std::string torch_without_cuda(const MachineState& machine) {
  const Torch* const torch = found(machine.torch);
  if (torch != nullptr && torch->cuda.empty()) return "python3's torch " + torch->version;
  if (machine.rodtrain_torch.ends_with(" cpu")) return "rodtrain's torch " + machine.rodtrain_torch;
  return "";
}

// Whether training can use the GPU: it is there and torch has code for it, as far as one knows.
const Gpu* usable_gpu(const MachineState& machine) {
  const Gpu* const gpu = first_gpu(machine);
  const Torch* const torch = found(machine.torch);
  if (gpu == nullptr || !torch_without_cuda(machine).empty()) return nullptr;
  if (torch == nullptr || gpu->capability == 0) return gpu;
  return has_kernels(torch->architectures, gpu->capability) ? gpu : nullptr;
}

// Without "raw: " or "codec raw: ", which stands before it already.
std::string without_name(const std::string& reason) {
  return reason.substr(reason.find(": ") + 2);
}

Choice codec_for(const MachineState& state, const Machine& machine, const Workload& work) {
  if (found(state.disk) == nullptr)
    return {"zstd", "the disk is unknown; lossless at a quarter of the size"};
  const prepare::CodecChoice choice = prepare::choose_codec(work.pairs, pixels_of(work), machine);
  const std::uint64_t stored =
      prepare::stored_bytes(choice.codec, double(decoded_bytes(work, work.pairs)), work.pairs);
  if (!fits({.disk = stored}, machine)) {
    return {"none",
            fmt::format(
                "zstd needs about {}, {} of disk may be used: free some or choose a smaller --size",
                format_size(double(stored)), format_size(double(disk_room(machine))))};
  }
  return {shard::codec_name(choice.codec), without_name(choice.reason)};
}

Choice residency_for(const Machine& machine, const Workload& work, const std::string& codec) {
  stream::ResidencyFacts facts;
  facts.decoded = decoded_bytes(work, work.epoch_pairs + work.target_pairs);
  facts.codec = codec == "none" ? shard::Codec::kZstd : shard::codec_from_name(codec);
  facts.stored = prepare::stored_bytes(facts.codec, double(facts.decoded),
                                       work.epoch_pairs + work.target_pairs);
  facts.machine = machine;
  const stream::ResidencyPlan plan = stream::plan_residency(stream::Residency::kAuto, facts);
  return {stream::residency_name(plan.kind), without_name(plan.reason)};
}

void choose_batch(const Machine& machine, const Workload& work, const Gpu* gpu, Advice& advice) {
  const double memory = double(gpu != nullptr ? machine.gpu_memory : machine.memory);
  const double per_pair = kStreamsInOneBackward * kImagesPerPair * kBytesPerImage;
  advice.largest_batch =
      memory > kFixedBytes ? std::uint64_t((memory - kFixedBytes) / per_pair) / 8 * 8 : 0;
  advice.batch_why = fmt::format(
      "resnet18 at 224 pixels in float32: {} per pair of the batch, in {} of {}",
      format_size(per_pair), format_size(memory), gpu != nullptr ? "GPU memory" : "memory");
  if (work.batch_size > advice.largest_batch) {
    advice.warnings.push_back(fmt::format(
        "batches of {} pairs need about {}: give rodtrain a smaller --batch-size, or auto",
        work.batch_size, format_size(kFixedBytes + work.batch_size * per_pair)));
  }
}

// Seconds to read the archive from the drive; 0 where there is none.
double read_seconds(const MachineState& machine, const Workload& work, double bytes,
                    std::vector<std::string>& assumptions) {
  const Drive* const drive = found(machine.drive);
  if (drive == nullptr) {
    assumptions.push_back(fmt::format("the archive ({}) lies on a local disk that is not the limit",
                                      format_size(bytes)));
    return 0;
  }
  const bool measured = drive->bytes_per_second > 0;
  const double rate = measured ? drive->bytes_per_second : kDriveBytesPerSecond;
  assumptions.push_back(fmt::format("the archive ({}{}) is read at {}/s, {}", format_size(bytes),
                                    work.archive_bytes == 0 ? ", the published one's size" : "",
                                    format_size(rate),
                                    measured ? "as just measured" : "as Colab's drive usually is"));
  return bytes / rate;
}

void estimate_preparing(const MachineState& machine, const Workload& work, Advice& advice) {
  const double bytes =
      work.archive_bytes > 0 ? double(work.archive_bytes) : 2.0 * double(work.pairs) * kSmallFile;
  const double reading = read_seconds(machine, work, bytes, advice.assumptions);
  if (const Disk* const disk = found(machine.disk)) {
    advice.extract_seconds =
        std::max(reading, 2.0 * double(work.pairs) * disk->seconds_per_small_file);
    advice.assumptions.push_back(
        fmt::format("a small file costs {:.2f} ms to write, as just measured on one thread",
                    1e3 * disk->seconds_per_small_file));
  }
  const MachineRates& rates = machine.rates;
  const double cores = double(machine.processor.usable);
  if (rates.decode_png > 0) {
    const double work_seconds =
        rates.decode_png + (advice.codec.value == "raw" ? rates.copy_raw : rates.encode_zstd);
    advice.cache_seconds =
        std::max(reading, kPipelineCost * double(work.pairs) * work_seconds / cores);
    advice.assumptions.push_back(
        fmt::format("a pair costs {:.2f} ms of a core to decode from PNG and {:.2f} ms to encode "
                    "as zstd, as just measured on a rendered one",
                    1e3 * rates.decode_png, 1e3 * rates.encode_zstd));
  }
}

void estimate_epoch(const MachineState& machine, const Workload& work, const Gpu* gpu,
                    Advice& advice) {
  const double cores = double(machine.processor.usable);
  const double peak = gpu != nullptr ? peak_flops(gpu->name) * kGpuShare
                                     : kFlopsPerCore * double(machine.processor.available);
  if (peak == 0) return;
  const double images = double(work.epoch_pairs) * kStreams * kImagesPerPair;
  const double computing = images * kFlopPerImage / peak;
  const bool decoded = advice.codec.value == "raw" || advice.residency.value != "stream";
  const double loading = double(work.epoch_pairs) * kStreams *
                         (decoded ? machine.rates.copy_raw : machine.rates.decode_zstd) / cores;
  advice.epoch_seconds = std::max(computing, loading);
  advice.assumptions.push_back(fmt::format(
      "an epoch is {} source pairs, {} images through resnet18 at 224 pixels in float32, at {:.0f} "
      "GFLOP/s ({}); loading them takes {}",
      format_count(work.epoch_pairs), format_count(std::uint64_t(images)), peak / 1e9,
      gpu != nullptr ? "40% of the data sheet's peak; not measured here" : "25 GFLOP/s a core",
      format_duration(std::chrono::duration<double>(loading))));
}

void warn(const MachineState& machine, const Gpu* gpu, std::uint64_t disk_left, Advice& advice) {
  const Gpu* const present = first_gpu(machine);
  if (present == nullptr) {
    advice.warnings.push_back(
        "no GPU: good for extract and cache; train on a GPU runtime (Colab: Runtime, Change "
        "runtime type)");
  } else if (const std::string torch = torch_without_cuda(machine); !torch.empty()) {
    advice.warnings.push_back(fmt::format(
        "{} was built without CUDA, so training would not use the {}: install a torch with CUDA "
        "(https://pytorch.org/get-started) and build rodtrain with it",
        torch, present->name));
  } else if (gpu == nullptr) {
    advice.warnings.push_back(
        fmt::format("python3's torch {} has no code for the {} (compute capability {}.{}): choose "
                    "an older runtime or another GPU",
                    found(machine.torch)->version, present->name, present->capability / 10,
                    present->capability % 10));
  }
  if (const Disk* const disk = found(machine.disk); disk != nullptr && disk_left == 0) {
    advice.warnings.push_back(
        fmt::format("{}: only {} are free", disk->folder, format_size(double(disk->free_bytes))));
  }
  if (machine.session.left && advice.epoch_seconds &&
      double(machine.session.left->count()) < *advice.epoch_seconds) {
    advice.warnings.push_back(
        "the session may end before one epoch does; checkpoints and --resume let the run continue");
  }
}

}  // namespace

double peak_flops(const std::string& gpu_name) {
  constexpr std::pair<const char*, double> kTable[] = {
      {"H200", 67e12},   {"H100 PCIe", 51e12}, {"H100", 67e12},   {"A100", 19.5e12},
      {"L40S", 91.6e12}, {"A10", 31.2e12},     {"V100", 15.7e12}, {"P100", 9.3e12},
      {"L4", 30.3e12},   {"T4", 8.1e12},
  };
  for (const auto& [name, flops] : kTable) {
    if (gpu_name.find(name) != gpu_name.npos) return flops;
  }
  return 0;
}

Advice advise(const MachineState& state, const Workload& work) {
  const Gpu* const gpu = usable_gpu(state);
  const Machine machine = machine_of(state, gpu);
  Advice advice;
  advice.codec = codec_for(state, machine, work);
  advice.residency = residency_for(machine, work, advice.codec.value);
  choose_batch(machine, work, gpu, advice);
  estimate_preparing(state, work, advice);
  estimate_epoch(state, work, gpu, advice);
  warn(state, gpu, disk_room(machine), advice);
  return advice;
}

}  // namespace rod::doctor
