#include "prepare/info.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/units.h"

namespace rod::prepare {
namespace {

using Row = std::vector<std::string>;

// Columns as wide as their widest cell; the first aligned left, the others right.
std::string aligned(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  }
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      text += c == 0 ? fmt::format("{:<{}}", row[c], widths[c])
                     : fmt::format("  {:>{}}", row[c], widths[c]);
    }
    text += "\n";
  }
  return text;
}

std::vector<Row> split_rows(const shard::Manifest& manifest) {
  std::vector<Row> rows{{"split", "samples", "left out", "shards", "size", "bytes/pair"}};
  std::uint64_t samples = 0, left_out = 0, shards = 0, bytes = 0;
  const auto row = [](const std::string& name, std::uint64_t n, std::uint64_t out,
                      std::uint64_t files, std::uint64_t size) {
    return Row{name,
               format_count(n),
               format_count(out),
               format_count(files),
               format_size(double(size)),
               format_count(n == 0 ? 0 : size / n)};
  };
  for (const shard::SplitInfo& split : manifest.splits) {
    rows.push_back(row(split.name, split.samples, split.lines_left_out.size(), split.shards.size(),
                       stored_bytes(split)));
    samples += split.samples;
    left_out += split.lines_left_out.size();
    shards += split.shards.size();
    bytes += stored_bytes(split);
  }
  rows.push_back(row("total", samples, left_out, shards, bytes));
  return rows;
}

std::string numbers(const std::vector<double>& values) {
  std::string text;
  for (const double value : values) text += fmt::format("{}{:.4f}", text.empty() ? "" : " ", value);
  return text.empty() ? "-" : text;
}

std::vector<Row> channel_rows(const shard::Manifest& manifest) {
  std::vector<Row> rows{{"channels, 0-1", "rgb mean", "rgb std", "depth mean", "depth std"}};
  for (const shard::SplitInfo& split : manifest.splits) {
    rows.push_back({split.name, numbers(split.rgb_mean), numbers(split.rgb_std),
                    numbers(split.depth_mean), numbers(split.depth_std)});
  }
  return rows;
}

std::vector<Row> class_rows(const shard::Manifest& manifest) {
  std::vector<Row> rows{{"class", "label"}};
  for (const shard::SplitInfo& split : manifest.splits) rows.front().push_back(split.name);
  for (std::size_t label = 0; label < manifest.classes.size(); ++label) {
    Row row{manifest.classes[label], fmt::format("{}", label)};
    for (const shard::SplitInfo& split : manifest.splits)
      row.push_back(format_count(split.class_counts[label]));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

std::uint64_t stored_bytes(const shard::SplitInfo& split) {
  std::uint64_t bytes = 0;
  for (const shard::ShardInfo& shard : split.shards) bytes += shard.bytes;
  return bytes;
}

std::string describe(const shard::Manifest& manifest) {
  std::string sources;
  if (const auto& counts = manifest.sources) {
    sources =
        fmt::format("files of the source: {} of samples, {} ignored, {} not taken, {} refused\n",
                    format_count(counts->samples), format_count(counts->ignored),
                    format_count(counts->not_taken), format_count(counts->refused));
  }
  std::string parents;
  for (const std::string& parent : manifest.parents) parents += fmt::format("parent {}\n", parent);
  return fmt::format(
      "layout {}, {}, codec {}, {}depth {}\nfingerprint {}\n{}{}\n{}\n{}\n{}", manifest.layout,
      manifest.pixels.ragged()
          ? "each image of its own size"
          : fmt::format("{} x {} pixels", manifest.pixels.height, manifest.pixels.width),
      shard::codec_name(manifest.codec), manifest.pixels.has_rgb() ? "" : "no RGB, ",
      shard::depth_kind_name(manifest.pixels.depth), manifest.fingerprint, parents, sources,
      aligned(split_rows(manifest)), aligned(channel_rows(manifest)),
      aligned(class_rows(manifest)));
}

}  // namespace rod::prepare
