#include "prepare/cache/part.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/units.h"
#include "io/file.h"
#include "prepare/cache/shard_notes.h"

namespace rod::prepare {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "rod-part";
constexpr int kVersion = 1;
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
              "and size of an "
              "mpirun or srun are set here; say which share this is, as in --part 1/4");
}

Json result_json(std::size_t unit, const UnitResult& result) {
  Json json{{"unit", unit},
            {"samples", result.shard.samples},
            {"bytes", result.shard.bytes},
            {"hash", {result.shard.hash.high, result.shard.hash.low}}};
  json["notes"] = to_metadata({"", result.rgb, result.depth, result.rejects});
  return json;
}

UnitResult result_from(const Json& json, const std::string& file, const std::string& path) {
  ShardNotes notes = notes_from_metadata(json.at("notes").get<shard::Metadata>(), path);
  UnitResult result;
  const Json& hash = json.at("hash");
  result.shard = {
      file,
      whole_number<std::uint64_t>(json.at("samples")),
      whole_number<std::uint64_t>(json.at("bytes")),
      {whole_number<std::uint64_t>(hash.at(0)), whole_number<std::uint64_t>(hash.at(1))}};
  result.rgb = notes.rgb;
  result.depth = notes.depth;
  result.rejects = std::move(notes.rejects);
  return result;
}

Json split_json(const dataset::Split& split) {
  Json lines = Json::array(), labels = Json::array();
  for (const dataset::Sample& sample : split.samples) {
    lines.push_back(sample.line);
    labels.push_back(sample.label);
  }
  return {{"name", split.name}, {"lines", lines}, {"labels", labels}};
}

dataset::Split split_from(const Json& json) {
  dataset::Split split;
  split.name = json.at("name");
  const Json &lines = json.at("lines"), &labels = json.at("labels");
  for (std::size_t n = 0; n < lines.size(); ++n) {
    dataset::Sample sample;
    sample.line = whole_number<decltype(sample.line)>(lines.at(n));
    sample.label = whole_number<decltype(sample.label)>(labels.at(n));
    split.samples.push_back(std::move(sample));
  }
  return split;
}

FinishedPart part_from(const Json& json, const std::string& path) {
  FinishedPart finished;
  finished.part = {whole_number<std::uint32_t>(json.at("part")),
                   whole_number<std::uint32_t>(json.at("parts"))};
  finished.dataset.layout = json.at("layout");
  finished.dataset.classes = json.at("classes").get<std::vector<std::string>>();
  for (const Json& split : json.at("splits")) finished.dataset.splits.push_back(split_from(split));
  CachePlan& plan = finished.plan;
  plan.pixels.height = whole_number<std::uint32_t>(json.at("height"));
  plan.pixels.width = whole_number<std::uint32_t>(json.at("width"));
  plan.pixels.depth = shard::depth_kind_from_name(json.at("depth").get<std::string>());
  plan.pixels.depth_alone = json.contains("rgb");
  plan.codec = shard::codec_from_name(json.at("codec").get<std::string>());
  plan.text = json.at("plan");
  for (const Json& unit : json.at("units")) {
    const auto of = [&unit](std::size_t n) { return whole_number<std::uint64_t>(unit.at(n)); };
    const dataset::Split& split = finished.dataset.splits.at(of(0));
    const shard::ShardName name = shard::parse_shard_file_name(unit.at(3).get<std::string>());
    if (name.split != split.name) throw BadInput("a unit's file belongs to another split");
    plan.units.push_back({of(0), of(1), of(2), 0, unit.at(3)});
  }
  if (json.contains("sources")) {
    const auto of = [&sources = json.at("sources")](std::size_t n) {
      return whole_number<std::uint64_t>(sources.at(n));
    };
    finished.sources = {of(0), of(1), of(2), of(3)};
  }
  finished.results.resize(plan.units.size());
  for (const Json& result : json.at("results")) {
    const auto unit = whole_number<std::size_t>(result.at("unit"));
    finished.results.at(unit) = result_from(result, plan.units.at(unit).file, path);
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
            {"units", Json::array()},
            {"results", Json::array()}};
  if (!plan.pixels.has_rgb()) json["rgb"] = "none";
  if (sources) {
    json["sources"] = {sources->samples, sources->ignored, sources->not_taken, sources->refused};
  }
  for (const dataset::Split& split : dataset.splits) json["splits"].push_back(split_json(split));
  for (const ShardUnit& unit : plan.units) {
    json["units"].push_back({unit.split, unit.first, unit.count, unit.file});
  }
  const auto [first, last] = units_of(part, plan);
  for (std::size_t u = first; u < last; ++u) json["results"].push_back(result_json(u, results[u]));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

FinishedPart read_part(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kPartName;
  if (!std::filesystem::exists(path)) {
    throw BadInput(
        fmt::format("{}: is no finished part: it has no {}; run its rodprep cache … --part K/N to "
                    "the end first",
                    folder.string(), kPartName));
  }
  try {
    const Json json = Json::parse(io::read_file(path));
    if (json.at("format") != kFormat || json.at("version") != kVersion) {
      throw BadInput(fmt::format("expected {} of version {}", kFormat, kVersion));
    }
    return part_from(json, path.string());
  } catch (const BadInput& error) {
    throw BadInput(fmt::format("{}: {}; make the part again", path.string(), error.what()));
  } catch (const nlohmann::json::exception& error) {
    throw BadInput(
        fmt::format("{}: is damaged ({}); make the part again", path.string(), error.what()));
  } catch (const std::out_of_range&) {
    throw BadInput(fmt::format(
        "{}: is damaged: it names a unit or split that it does not have; make the part again",
        path.string()));
  }
}

}  // namespace rod::prepare
