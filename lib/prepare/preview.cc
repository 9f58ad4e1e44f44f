#include "prepare/preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/stop.h"
#include "base/units.h"
#include "image/contact_sheet.h"
#include "image/png.h"
#include "io/file.h"
#include "prepare/fonts.h"
#include "shard/manifest.h"
#include "shard/split_reader.h"

namespace rod::prepare {
namespace {

// Sample numbers of each class, in the split's order.
std::vector<std::vector<std::uint64_t>> samples_by_class(const shard::SplitReader& split,
                                                         std::size_t classes) {
  std::vector<std::vector<std::uint64_t>> samples(classes);
  for (std::uint64_t n = 0; n < split.size(); ++n) {
    samples.at(static_cast<std::size_t>(split.label(n))).push_back(n);
  }
  return samples;
}

// Up to `wanted`, each from the middle of an equal part: lists are ordered by instance, whose views
// look alike.
std::vector<std::uint64_t> spread(const std::vector<std::uint64_t>& samples, std::size_t wanted) {
  std::vector<std::uint64_t> chosen;
  const std::size_t count = std::min(wanted, samples.size());
  for (std::size_t n = 0; n < count; ++n)
    chosen.push_back(samples[(2 * n + 1) * samples.size() / (2 * count)]);
  return chosen;
}

std::pair<image::Image, image::Image> read_pair(const shard::SplitReader& split,
                                                std::uint64_t sample, shard::ReadScratch& scratch) {
  const shard::PairSize size = split.size(sample);
  const bool millimetres = split.pixels().depth == shard::DepthKind::kRaw16;
  image::Image rgb(size.rgb_height, size.rgb_width, 3, 1);
  image::Image depth(size.depth_height, size.depth_width, millimetres ? 1 : 3, millimetres ? 2 : 1);
  split.read(sample, rgb.bytes, depth.bytes, scratch);
  if (rgb.height == 0) std::swap(rgb, depth);  // depth alone is shown alone
  return {std::move(rgb), std::move(depth)};
}

struct Drawn {
  std::string text;
  const image::Font* font;
};

// The name with what draws it, or what the picture says in its place.
Drawn drawn_name(const std::string& name, const std::string& stand_in, Fonts& fonts,
                 PreviewReport& report) {
  if (std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; }))
    return {name, nullptr};
  if (const image::Font* const font = fonts.that_draws(name)) return {name, font};
  report.stand_ins.emplace_back(stand_in, name);
  return {stand_in, nullptr};
}

}  // namespace

PreviewReport preview(const PreviewOptions& options) {
  const shard::Manifest manifest =
      shard::read_manifest(options.dataset.name, options.dataset.how, options.dataset.open);
  const std::string name = options.split.empty() ? manifest.splits.front().name : options.split;
  const shard::SplitInfo& info = manifest.split(name);
  const shard::SplitReader split(options.dataset.name, manifest, name,
                                 shard::shard_opener(options.dataset.open));

  PreviewReport report;
  report.split = name;
  Fonts fonts(options.font_folders);
  std::vector<image::SheetClass> sheet;
  shard::ReadScratch scratch;
  const auto by_class = samples_by_class(split, manifest.classes.size());
  for (std::size_t label = 0; label < by_class.size(); ++label) {
    if (by_class[label].empty()) continue;
    if (options.max_classes > 0 && sheet.size() == options.max_classes) break;
    const Drawn shown =
        drawn_name(manifest.classes[label], fmt::format("class {}", label), fonts, report);
    image::SheetClass block{shown.text, {}, shown.font};
    for (const std::uint64_t sample : spread(by_class[label], options.per_class)) {
      throw_if_stopped("no picture was written");
      block.pairs.push_back(read_pair(split, sample, scratch));
    }
    report.pairs += block.pairs.size();
    sheet.push_back(std::move(block));
  }
  report.classes = sheet.size();

  const auto used = std::count_if(by_class.begin(), by_class.end(),
                                  [](const auto& samples) { return !samples.empty(); });
  const Drawn title = drawn_name(name, "this split", fonts, report);
  const image::SheetText text{
      title.text,
      fmt::format("{} {}, {} classes, {}", format_count(info.samples),
                  manifest.pixels.has_rgb() && manifest.pixels.has_depth() ? "pairs" : "images",
                  used,
                  manifest.pixels.ragged() ? "each of its own size"
                                           : fmt::format("{} px", manifest.pixels.height)),
      title.font};
  const image::Image picture = image::contact_sheet(text, sheet);
  report.width = picture.width;
  report.height = picture.height;
  io::AtomicFile file(options.picture);
  file.write(image::encode_png(picture));
  file.publish();
  return report;
}

}  // namespace rod::prepare
