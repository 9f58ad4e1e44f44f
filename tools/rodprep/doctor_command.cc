// `rodprep doctor`: what this machine is, and what that means for a data set.
#include <algorithm>
#include <cstdio>

#include "cli/command_line.h"
#include "commands.h"
#include "doctor/doctor.h"

namespace rod::tools {
namespace {

using Json = nlohmann::ordered_json;

// A part that is missing is {"missing": reason}. Not named `to_json`: where `part` returns a Json,
// the compiler also considers the templates of that name in nlohmann-json, from 3.11.3 on.
template <typename T, typename ToJson>
Json finding_json(const doctor::Finding<T>& finding, ToJson part) {
  if (const T* const value = doctor::found(finding)) return part(*value);
  return {{"missing", doctor::why_missing(finding)}};
}

Json gpus_json(const std::vector<doctor::Gpu>& gpus) {
  Json json = Json::array();
  for (const doctor::Gpu& gpu : gpus) {
    json.push_back({{"name", gpu.name},
                    {"driver", gpu.driver},
                    {"memory_bytes", gpu.memory},
                    {"free_memory_bytes", gpu.free_memory},
                    {"compute_capability", gpu.capability / 10.0}});
  }
  return json;
}

Json torch_json(const doctor::MachineState& machine, const doctor::Torch& torch) {
  Json json{
      {"version", torch.version}, {"cuda", torch.cuda}, {"architectures", torch.architectures}};
  if (const auto* const gpus = doctor::found(machine.gpus);
      gpus != nullptr && gpus->front().capability > 0) {
    json["has_kernels_for_gpu"] =
        doctor::has_kernels(torch.architectures, gpus->front().capability);
  }
  return json;
}

Json disk_json(const doctor::Disk& disk) {
  return {{"folder", disk.folder},         {"file_system", disk.file_system},
          {"bytes", disk.bytes},           {"free_bytes", disk.free_bytes},
          {"free_files", disk.free_files}, {"seconds_per_small_file", disk.seconds_per_small_file}};
}

Json drive_json(const doctor::Drive& drive) {
  Json json{{"folder", drive.folder},
            {"type", drive.type},
            {"read_file", drive.read_file},
            {"file_bytes", drive.file_bytes}};
  if (drive.problem.empty()) {
    json["bytes_per_second"] = drive.bytes_per_second;
  } else {
    json["problem"] = drive.problem;
  }
  return json;
}

Json session_json(const doctor::Session& session) {
  Json json{
      {"place", session.place}, {"clock", session.clock}, {"age_seconds", session.age.count()}};
  if (session.longest) json["longest_seconds"] = session.longest->count();
  if (session.left) json["seconds_left"] = session.left->count();
  return json;
}

Json advice_json(const doctor::Advice& advice) {
  const auto seconds = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  return {{"codec", advice.codec.value},
          {"codec_why", advice.codec.why},
          {"residency", advice.residency.value},
          {"residency_why", advice.residency.why},
          {"largest_batch", advice.largest_batch},
          {"batch_why", advice.batch_why},
          {"extract_seconds", seconds(advice.extract_seconds)},
          {"cache_seconds", seconds(advice.cache_seconds)},
          {"epoch_seconds", seconds(advice.epoch_seconds)},
          {"assumptions", advice.assumptions},
          {"warnings", advice.warnings}};
}

Json report_of(const doctor::MachineState& machine, const doctor::Advice& advice) {
  const doctor::Processor& processor = machine.processor;
  const doctor::MachineRates& rates = machine.rates;
  return {{"session", session_json(machine.session)},
          {"gpus", finding_json(machine.gpus, gpus_json)},
          {"torch",
           finding_json(machine.torch,
                        [&](const doctor::Torch& torch) { return torch_json(machine, torch); })},
          {"rodtrain_torch",
           machine.rodtrain_torch.empty() ? Json(nullptr) : Json(machine.rodtrain_torch)},
          {"processor",
           {{"model", processor.model},
            {"online_cores", processor.online},
            {"allowed_cores", processor.allowed},
            {"quota_cores", processor.quota > 0 ? Json(processor.quota) : Json(nullptr)},
            {"available_cores", processor.available},
            {"usable_cores", processor.usable}}},
          {"memory",
           {{"total_bytes", machine.memory.total},
            {"limit_bytes", machine.memory.limit > 0 ? Json(machine.memory.limit) : Json(nullptr)},
            {"available_bytes", machine.memory.available}}},
          {"disk", finding_json(machine.disk, disk_json)},
          {"drive", finding_json(machine.drive, drive_json)},
          {"core_seconds_per_pair",
           {{"decode_png", rates.decode_png},
            {"encode_zstd", rates.encode_zstd},
            {"decode_zstd", rates.decode_zstd},
            {"copy_raw", rates.copy_raw}}},
          {"advice", advice_json(advice)}};
}

}  // namespace

int doctor_command(int argc, char** argv) {
  doctor::DoctorOptions options;
  doctor::Workload work;
  cli::CommandLine line(
      "rodprep doctor",
      "Inspects this machine (session, GPU, torch, CPU, memory, disk, drive) and recommends "
      "codec,\nresidency and batch size, with expected times. A missing part is reported, but is "
      "not an error.",
      "rodprep doctor\n"
      "rodprep doctor /content/drive/MyDrive/zhihu_colab/ROD-synROD.tar --disk /content\n"
      "rodprep doctor --pairs 20000 --size 128 --json");
  CLI::App& app = line.app();
  app.add_option("ARCHIVE", options.archive,
                 "archive whose drive is measured (default: a large file on the mounted drive)");
  app.add_option("--disk", options.disk, "folder where the shards will be");
  app.add_option("--pairs", work.pairs, "image pairs of the data set; the default is ROD-synROD's")
      ->check(CLI::Range(1u, 1000000000u));
  app.add_option("--size", work.size, "pixels per side in the shards")->check(CLI::Range(16, 1024));
  app.add_option("--batch-size", work.batch_size, "pairs of each stream per step")
      ->check(CLI::Range(1, 4096));
  return line.run(argc, argv, [&](Json& report) {
    const doctor::Workload published;
    const auto as_published = [&](std::uint64_t pairs) {
      return std::max<std::uint64_t>(1, work.pairs * pairs / published.pairs);
    };
    work.epoch_pairs = as_published(published.epoch_pairs);
    work.target_pairs = as_published(published.target_pairs);
    options.size = work.size;
    options.jobs = line.common().jobs;
    options.quiet = line.common().quiet;
    const doctor::MachineState machine = doctor::look_at_machine(options);
    if (const doctor::Drive* const drive = doctor::found(machine.drive);
        drive != nullptr && !options.archive.empty()) {
      work.archive_bytes = drive->file_bytes;
    }
    const doctor::Advice advice = doctor::advise(machine, work);
    report = report_of(machine, advice);
    if (!line.common().json) std::fputs(doctor::describe(machine, work, advice).c_str(), stdout);
    return 0;
  });
}

}  // namespace rod::tools
