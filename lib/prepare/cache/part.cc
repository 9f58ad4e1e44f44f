#include "prepare/cache/part.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "base/units.h"
#include "io/file.h"
#include "prepare/cache/shard_notes.h"

namespace rod::prepare {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "rod-part";
constexpr int kVersion = 2;
constexpr unsigned kMaxParts = 1'000'000;

std::optional<unsigned> number_of(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > kMaxParts)
    return std::nullopt;
  return number;
}

// A variable of the environment; nothing where it is not set. Throws Error(kUsage) when it is no
// number.
std::optional<unsigned> variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  if (const auto number = number_of(value)) return number;
  throw Error(ErrorKind::kUsage, fmt::format("--part auto: {}='{}' is no number", name, value));
}

Part part_of_this_process() {
  const auto task = variable("SLURM_ARRAY_TASK_ID"), tasks = variable("SLURM_ARRAY_TASK_COUNT");
  if (task && tasks && *tasks > 0) {
    const unsigned first = variable("SLURM_ARRAY_TASK_MIN").value_or(0);
    const unsigned step = variable("SLURM_ARRAY_TASK_STEP").value_or(1);
    return {(*task - first) / std::max(step, 1u) % *tasks + 1, *tasks};
  }
  for (const auto& [rank_name, size_name] :
       {std::pair("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
        {"PMI_RANK", "PMI_SIZE"},
        {"SLURM_PROCID", "SLURM_NTASKS"}}) {
    const auto rank = variable(rank_name), size = variable(size_name);
    if (rank && size && *rank < *size) return {*rank + 1, *size};
  }
  throw Error(ErrorKind::kUsage,
              "--part auto: neither SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT nor the rank "
              "and size of an mpirun or srun are set here; give the partition, as in --part 1/4");
}

Json unit_json(const ShardUnit& unit, const UnitResult& result) {
  Json json{{"file", unit.file},
            {"split", unit.split},
            {"first", unit.first},
            {"pairs", unit.count},
            {"samples", result.shard.samples},
            {"bytes", result.shard.bytes},
            {"hash", {result.shard.hash.high, result.shard.hash.low}},
            {"class_counts", result.class_counts},
            {"lines_left_out", result.lines_left_out}};
  json["notes"] = to_metadata({"", result.rgb, result.depth, result.rejects});
  return json;
}

ShardUnit unit_from(const Json& json, const dataset::Dataset& dataset) {
  const auto of = [&json](const char* name) { return whole_number<std::uint64_t>(json.at(name)); };
  const ShardUnit unit{of("split"), of("first"), of("pairs"), 0, json.at("file")};
  if (shard::parse_shard_file_name(unit.file).split != dataset.splits.at(unit.split).name)
    throw BadInput("a shard's file belongs to another split");
  return unit;
}

std::vector<std::uint64_t> numbers_from(const Json& json) {
  std::vector<std::uint64_t> numbers;
  for (const Json& number : json) numbers.push_back(whole_number<std::uint64_t>(number));
  return numbers;
}

UnitResult result_from(const Json& json, const ShardUnit& unit, std::size_t classes,
                       const std::string& path) {
  ShardNotes notes = notes_from_metadata(json.at("notes").get<shard::Metadata>(), path);
  UnitResult result;
  const Json& hash = json.at("hash");
  result.shard = {
      unit.file,
      whole_number<std::uint64_t>(json.at("samples")),
      whole_number<std::uint64_t>(json.at("bytes")),
      {whole_number<std::uint64_t>(hash.at(0)), whole_number<std::uint64_t>(hash.at(1))}};
  result.rgb = notes.rgb;
  result.depth = notes.depth;
  result.rejects = std::move(notes.rejects);
  result.class_counts = numbers_from(json.at("class_counts"));
  result.lines_left_out = numbers_from(json.at("lines_left_out"));
  const std::uint64_t counted =
      std::accumulate(result.class_counts.begin(), result.class_counts.end(), std::uint64_t{0});
  if (result.class_counts.size() != classes || counted != result.shard.samples ||
      result.shard.samples + result.rejects.size() != unit.count)
    throw BadInput(fmt::format("the counts of {} do not add up", unit.file));
  return result;
}

FinishedPart part_from(const Json& json, const std::string& path) {
  FinishedPart finished;
  finished.part = {whole_number<std::uint32_t>(json.at("part")),
                   whole_number<std::uint32_t>(json.at("parts"))};
  finished.dataset.layout = json.at("layout");
  finished.dataset.classes = json.at("classes").get<std::vector<std::string>>();
  for (const Json& name : json.at("splits"))
    finished.dataset.splits.push_back({name.get<std::string>(), {}, {}, {}});
  CachePlan& plan = finished.plan;
  plan.pixels.height = whole_number<std::uint32_t>(json.at("height"));
  plan.pixels.width = whole_number<std::uint32_t>(json.at("width"));
  plan.pixels.depth = shard::depth_kind_from_name(json.at("depth").get<std::string>());
  plan.pixels.depth_alone = json.contains("rgb");
  plan.codec = shard::codec_from_name(json.at("codec").get<std::string>());
  plan.text = json.at("plan");
  for (const Json& unit : json.at("units")) {
    plan.units.push_back(unit_from(unit, finished.dataset));
    finished.results.push_back(
        result_from(unit, plan.units.back(), finished.dataset.classes.size(), path));
  }
  if (json.contains("sources")) {
    const auto of = [&sources = json.at("sources")](std::size_t n) {
      return whole_number<std::uint64_t>(sources.at(n));
    };
    finished.sources = {of(0), of(1), of(2), of(3)};
  }
  return finished;
}

}  // namespace

std::string Part::text() const {
  return fmt::format("{}/{}", number, count);
}

Part parse_part(const std::string& text) {
  if (text == "auto") return part_of_this_process();
  const auto slash = text.find('/');
  if (slash != text.npos) {
    const auto number = number_of(text.substr(0, slash)), count = number_of(text.substr(slash + 1));
    if (number && count && 1 <= *number && *number <= *count) return {*number, *count};
  }
  throw Error(
      ErrorKind::kUsage,
      fmt::format("--part '{}': expected K/N with K from 1 to N, such as 1/4, or auto", text));
}

std::pair<std::size_t, std::size_t> units_of(const Part& part, const CachePlan& plan) {
  const std::uint64_t units = plan.units.size();
  return {units * (part.number - 1) / part.count, units * part.number / part.count};
}

std::string part_claim(const Part& part, const CachePlan& plan) {
  Json claim = Json::parse(plan.text);
  claim["part"] = part.text();
  return claim.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string format_part(const FinishedPart& finished) {
  const auto& [part, dataset, plan, sources, results] = finished;
  Json json{{"format", kFormat},
            {"version", kVersion},
            {"part", part.number},
            {"parts", part.count},
            {"layout", dataset.layout},
            {"classes", dataset.classes},
            {"codec", shard::codec_name(plan.codec)},
            {"height", plan.pixels.height},
            {"width", plan.pixels.width},
            {"depth", shard::depth_kind_name(plan.pixels.depth)},
            {"plan", plan.text},
            {"splits", Json::array()},
            {"units", Json::array()}};
  if (!plan.pixels.has_rgb()) json["rgb"] = "none";
  if (sources) {
    json["sources"] = {sources->samples, sources->ignored, sources->not_taken, sources->refused};
  }
  for (const dataset::Split& split : dataset.splits) json["splits"].push_back(split.name);
  for (std::size_t u = 0; u < plan.units.size(); ++u)
    json["units"].push_back(unit_json(plan.units[u], results[u]));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

FinishedPart read_part(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kPartName;
  if (!std::filesystem::exists(path)) {
    throw BadInput(
        fmt::format("{}: is not a finished partition: it has no {}; run its rodprep cache … --part "
                    "K/N to the end first",
                    folder.string(), kPartName));
  }
  try {
    const Json json = Json::parse(io::read_file(path));
    if (json.at("format") != kFormat || json.at("version") != kVersion) {
      throw BadInput(
          fmt::format("expected {} of version {}, as this program writes it; its shards "
                      "are kept",
                      kFormat, kVersion));
    }
    return part_from(json, path.string());
  } catch (const BadInput& error) {
    throw BadInput(fmt::format("{}: {}; make the partition again", path.string(), error.what()));
  } catch (const nlohmann::json::exception& error) {
    throw BadInput(
        fmt::format("{}: is damaged ({}); make the partition again", path.string(), error.what()));
  } catch (const std::out_of_range&) {
    throw BadInput(fmt::format(
        "{}: is damaged: it names a split that it does not have; make the partition again",
        path.string()));
  }
}

}  // namespace rod::prepare
