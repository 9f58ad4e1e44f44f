#include "synth/synth.h"

#include <fmt/format.h>
#include <tbb/global_control.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "archive/tar_writer.h"
#include "base/error.h"
#include "base/machine.h"
#include "base/progress.h"
#include "base/random.h"
#include "base/stop.h"
#include "dataset/class_names.h"
#include "image/png.h"
#include "synth/render.h"
#include "synth/scene.h"

namespace rod::synth {
namespace {

constexpr std::uint32_t kMaxPairs = 100'000, kPairsPerClass = 10;
constexpr std::uint32_t kTestShare = 5;  // every fifth model is seen in the test list alone
struct PlannedPair {
  ViewOf view;
  bool target = false, test = false;
  std::string listed;      // as the split list writes it
  std::string rgb, depth;  // names in the archive
};

using Pngs = std::pair<std::vector<std::byte>, std::vector<std::byte>>;

void check(const SynthOptions& options) {
  const auto refuse = [](const std::string& message) { throw Error(ErrorKind::kUsage, message); };
  if (options.classes < 1 || options.classes > dataset::kClassNames.size()) {
    refuse(fmt::format("--classes {}: there are 1 to {}", options.classes,
                       dataset::kClassNames.size()));
  }
  if (options.pairs < kPairsPerClass * options.classes || options.pairs > kMaxPairs) {
    refuse(fmt::format("--pairs {}: {} classes need {} to {}", options.pairs, options.classes,
                       kPairsPerClass * options.classes, kMaxPairs));
  }
  if (options.size < 16 || options.size > 1024) {
    refuse(fmt::format("--size {}: choose 16 to 1024 pixels", options.size));
  }
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

PlannedPair plan_target(const ViewOf& view, std::uint32_t ordinal) {
  constexpr int kSequences[] = {1, 2, 4};  // Washington's three heights of the camera
  const std::string name = dataset::kClassNames[view.label],
                    instance = fmt::format("{}_{}", name, view.model + 1);
  PlannedPair pair{view, true, false, {}, {}, {}};
  pair.listed = fmt::format("{}/{}/{}_{}_{}_***.png", name, instance, instance,
                            kSequences[ordinal % 3], 5 * ordinal + 1);
  pair.rgb = "ROD-synROD/ROD/rgb-washington/" + replaced(pair.listed, "***", "crop");
  pair.depth = "ROD-synROD/ROD/surfnorm-washington/" + replaced(pair.listed, "***", "depthcrop");
  return pair;
}

PlannedPair plan_source(const ViewOf& view, std::uint32_t ordinal) {
  const std::string name = view.label == dataset::kBellPepperLabel
                               ? dataset::kBellPepperInSynRod
                               : dataset::kClassNames[view.label];
  PlannedPair pair{view, false, view.model % kTestShare == 0, {}, {}, {}};
  pair.listed = fmt::format("{}/***/{}_{}_05_{:08}.png", name, name, view.model, ordinal);
  pair.rgb = "ROD-synROD/synROD/" + replaced(pair.listed, "***", "rgb");
  pair.depth = "ROD-synROD/synROD/" + replaced(pair.listed, "***", "depth");
  return pair;
}

// Every other pair is for the target; classes and models take turns. In the archive's order.
std::vector<PlannedPair> plan(const SynthOptions& options) {
  const std::uint32_t per_class = std::max(1u, options.pairs / 2 / options.classes);
  const std::uint32_t source_models = kTestShare * std::clamp(per_class / 10, 1u, 50u);
  const std::uint32_t target_models = std::clamp(per_class / 10, 3u, 20u);
  std::vector<PlannedPair> pairs;
  for (std::uint32_t n = 0; n < options.pairs; ++n) {
    const std::uint32_t label = n / 2 % options.classes, ordinal = n / 2 / options.classes;
    const bool target = n % 2 == 1;
    const ViewOf view{options.seed, label, ordinal % (target ? target_models : source_models), n};
    pairs.push_back(target ? plan_target(view, ordinal) : plan_source(view, ordinal));
  }
  std::sort(pairs.begin(), pairs.end(), [](const PlannedPair& a, const PlannedPair& b) {
    return std::pair(b.target, a.rgb) < std::pair(a.target, b.rgb);  // ROD first
  });
  return pairs;
}

// The lines of the pairs that `wanted` chooses, shuffled, as in the published lists.
template <typename Wanted>
std::string split_list(const std::vector<PlannedPair>& pairs, std::uint64_t seed,
                       std::uint64_t number, Wanted wanted) {
  std::vector<const PlannedPair*> chosen;
  for (const PlannedPair& pair : pairs) {
    if (wanted(pair)) chosen.push_back(&pair);
  }
  Random random(seed, kShuffle, number);
  for (std::size_t left = chosen.size(); left > 1; --left) {
    std::swap(chosen[left - 1], chosen[random.below(static_cast<std::uint32_t>(left))]);
  }
  std::string text;
  for (const PlannedPair* pair : chosen)
    text += fmt::format("{} {}\n", pair->listed, pair->view.label);
  return text;
}

Pngs make_pair_of_pngs(const PlannedPair& pair, std::uint32_t size) {
  const Scene scene = pair.target ? target_scene(pair.view) : source_scene(pair.view);
  const Frame frame = render(scene, size);
  Random sensor(pair.view.seed, kSensor, pair.view.sample);
  const auto [rgb, depth] =
      pair.target ? sensed_pair(frame, scene.camera, sensor) : exact_pair(frame);
  return {image::encode_png(rgb), image::encode_png(depth)};
}

// Makes the PNGs of all pairs on `jobs` threads and hands them to `commit` in the order of `pairs`.
template <typename Commit>
void for_each_in_order(const std::vector<PlannedPair>& pairs, std::uint32_t size, unsigned jobs,
                       Commit commit) {
  std::size_t next = 0, committed = 0;
  const auto take = [&](tbb::flow_control& flow) -> std::size_t {
    throw_if_stopped("nothing is kept; run the same line again");
    if (next == pairs.size()) flow.stop();
    return next++;
  };
  const auto make = [&](std::size_t n) { return make_pair_of_pngs(pairs[n], size); };
  const auto hand_over = [&](Pngs pngs) { commit(pairs[committed++], std::move(pngs)); };
  const tbb::global_control threads(tbb::global_control::max_allowed_parallelism, jobs);
  tbb::task_arena arena(static_cast<int>(jobs));
  arena.execute([&] {
    tbb::parallel_pipeline(
        4 * jobs, tbb::make_filter<void, std::size_t>(tbb::filter_mode::serial_in_order, take) &
                      tbb::make_filter<std::size_t, Pngs>(tbb::filter_mode::parallel, make) &
                      tbb::make_filter<Pngs, void>(tbb::filter_mode::serial_in_order, hand_over));
  });
}

}  // namespace

SynthReport synth(const SynthOptions& options) {
  check(options);
  const auto start = std::chrono::steady_clock::now();
  const std::vector<PlannedPair> pairs = plan(options);
  const auto list = [&](std::uint64_t number, bool target, bool test) {
    return split_list(pairs, options.seed, number, [&](const PlannedPair& pair) {
      return pair.target == target && pair.test == test;
    });
  };

  archive::TarWriter tar(options.archive);
  tar.add("ROD-synROD/ROD/wrgbd_40k-split_sync.txt", list(0, true, false));
  std::vector<std::pair<std::string, std::vector<std::byte>>> depth_tree;
  bool in_target = true;
  const auto leave_target =
      [&] {  // the depth tree follows the whole RGB tree, then comes the source
        for (const auto& [name, png] : depth_tree) tar.add(name, png);
        depth_tree.clear();
        tar.add("ROD-synROD/synROD/synARID_50k-split_sync_test1.txt", list(1, false, true));
        tar.add("ROD-synROD/synROD/synARID_50k-split_sync_train1.txt", list(2, false, false));
        in_target = false;
      };
  Progress progress("synth", "pairs", options.pairs, 0, options.quiet);
  for_each_in_order(pairs, options.size, thread_count(options.jobs),
                    [&](const PlannedPair& pair, Pngs pngs) {
                      if (in_target && !pair.target) leave_target();
                      tar.add(pair.rgb, pngs.first);
                      if (pair.target) {
                        depth_tree.emplace_back(pair.depth, std::move(pngs.second));
                      } else {
                        tar.add(pair.depth, pngs.second);
                      }
                      progress.add(1);
                    });
  tar.finish();
  progress.finish();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  return {options.pairs, tar.files(), tar.bytes(), elapsed.count()};
}

}  // namespace rod::synth
