#include "prepare/cache/shard_notes.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/units.h"

namespace rod::prepare {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kPlan = "cache.plan";
constexpr const char* kSums = "cache.sums";
constexpr const char* kRejects = "cache.refusals";

Json sums_json(const ChannelSums& sums) {
  return {{"pixels", sums.pixels}, {"sum", sums.sum}, {"squares", sums.squares}};
}

ChannelSums sums_from(const Json& json) {
  ChannelSums sums;
  sums.pixels = whole_number<std::uint64_t>(json.at("pixels"));
  for (std::size_t channel = 0; channel < sums.sum.size(); ++channel) {
    sums.sum[channel] = whole_number<std::uint64_t>(json.at("sum").at(channel));
    sums.squares[channel] = whole_number<std::uint64_t>(json.at("squares").at(channel));
  }
  return sums;
}

std::string text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

shard::Metadata to_metadata(const ShardNotes& notes) {
  shard::Metadata metadata{
      {kPlan, notes.plan},
      {kSums, text({{"rgb", sums_json(notes.rgb)}, {"depth", sums_json(notes.depth)}})}};
  if (!notes.rejects.empty()) {
    Json rejects = Json::array();
    for (const Reject& reject : notes.rejects) {
      rejects.push_back({reject.line, reject.key, reject.file, reject.reason});
    }
    metadata[kRejects] = text(rejects);
  }
  return metadata;
}

ShardNotes notes_from_metadata(const shard::Metadata& metadata, const std::string& path) {
  try {
    ShardNotes notes;
    notes.plan = metadata.at(kPlan);
    const Json sums = Json::parse(metadata.at(kSums));
    notes.rgb = sums_from(sums.at("rgb"));
    notes.depth = sums_from(sums.at("depth"));
    if (const auto rejects = metadata.find(kRejects); rejects != metadata.end()) {
      for (const Json& reject : Json::parse(rejects->second)) {
        notes.rejects.push_back({reject.at(1), reject.at(0), reject.at(2), reject.at(3)});
      }
    }
    return notes;
  } catch (const std::exception& error) {
    throw BadInput(fmt::format(
        "{}: its header lacks the notes that rodprep cache leaves there ({})", path, error.what()));
  }
}

}  // namespace rod::prepare
