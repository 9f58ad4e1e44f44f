// Every file of a tree has one fate, wherever split, class and modality are written.
#include "dataset/inventory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "tests/dataset/memory_tree.h"

namespace rod::dataset {
namespace {

struct Planted {
  std::string split, class_name, number;
  bool depth = false;
};

struct Plan {
  MemoryTree tree;
  std::map<std::string, Planted> images;  // those of pairs
  std::size_t others = 0;                 // files beside them
  std::size_t pairs = 0;
  bool has_depth = false, has_splits = false;
  std::string text;
};

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ull + 1) {}
  std::size_t below(std::size_t n) {
    state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<std::size_t>((state_ >> 33) % n);
  }
  bool coin() { return below(2) == 0; }
  template <typename T>
  const T& of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

 private:
  std::uint64_t state_;
};

std::string cased(std::string word, std::size_t how) {
  if (how == 1) word[0] = static_cast<char>(std::toupper(word[0]));
  if (how == 2) {
    for (char& c : word) c = static_cast<char>(std::toupper(c));
  }
  return word;
}

// Where a word stands: a folder above or below the class, or before or behind the file's number.
enum class Place { kAbove, kBelow, kBefore, kBehind };

Plan random_plan(std::uint64_t seed) {
  Dice dice(seed);
  Plan plan;
  plan.has_depth = dice.below(3) > 0;
  plan.has_splits = dice.coin();
  const std::vector<std::string> rgbs{"rgb", "color", "colour", "image", "imgs"},
      depths{"depth", "depths", "aligned_depth", "depth_raw", "surfnorm", "normals"};
  const std::vector<std::vector<std::string>> split_sets{{"train", "test"},
                                                         {"training", "validation", "testing"},
                                                         {"train", "val", "eval"},
                                                         {"train", "dev"}};
  const std::vector<std::string> names{"apple",  "cup",          "crash-test", "red ball",
                                       "\u7403", "depth-sensor", "dev-kit"};
  const std::size_t rgb_case = dice.below(3), split_case = dice.below(3);
  const std::string rgb = cased(dice.of(rgbs), rgb_case), depth = cased(dice.of(depths), rgb_case);
  const auto place = [&] { return static_cast<Place>(dice.below(4)); };
  const Place modality_at = place(), split_at = place();
  const bool modality_first = dice.coin();
  const bool instances = dice.coin();
  const std::string root = dice.of(std::vector<std::string>{"", "data/", "a/b-c/"});
  std::vector<std::string> splits{""};
  if (plan.has_splits) splits = dice.of(split_sets);
  std::vector<std::string> classes;
  for (const std::string& name : names) {
    if (classes.size() < 2 || dice.coin()) classes.push_back(name);
  }
  const bool masks = plan.has_depth && dice.below(4) == 0 && modality_at == Place::kBehind;

  const auto path_of = [&](const std::string& split, const std::string& class_name, std::size_t n,
                           const std::string& modality) {
    std::string above, below, before, behind;
    const auto put = [&](Place at, const std::string& word) {
      if (word.empty()) return;
      if (at == Place::kAbove) above += word + "/";
      if (at == Place::kBelow) below += word + "/";
      if (at == Place::kBefore) before += word + "_";
      if (at == Place::kBehind) behind += "_" + word;
    };
    if (modality_first) put(modality_at, modality);
    put(split_at, split);
    if (!modality_first) put(modality_at, modality);
    if (instances) below += fmt::format("{}_{}/", class_name, n / 2 + 1);
    return root + above + class_name + "/" + below + before + fmt::format("{:03}", n) + behind +
           ".png";
  };
  for (const std::string& raw : splits) {
    const std::string split = raw.empty() ? raw : cased(raw, split_case);
    for (const std::string& class_name : classes) {
      const std::size_t count = 2 + dice.below(3);
      for (std::size_t n = 0; n < count; ++n) {
        const auto add = [&](const std::string& modality, bool is_depth) {
          const std::string path = path_of(split, class_name, n, modality);
          plan.tree.add(path);
          plan.images[path] = {split, class_name, std::to_string(n), is_depth};
        };
        add(plan.has_depth ? rgb : "", false);
        if (plan.has_depth) add(depth, true);
        ++plan.pairs;
        if (masks) {
          plan.tree.add(path_of(split, class_name, n, "mask"));
          ++plan.others;
        }
      }
    }
  }
  for (const char* litter : {"Thumbs.db", ".DS_Store", "__MACOSX/apple/._1.png",
                             "apple/.ipynb_checkpoints/1-checkpoint.png", "README.md",
                             "apple/@eaDir/1.png/SYNO.png", "classes.txt"}) {
    if (!dice.coin()) continue;
    plan.tree.add(root + litter);
    ++plan.others;
  }
  plan.text = fmt::format("seed {}: {}", seed, plan.images.begin()->first);
  return plan;
}

TEST(Inventory, GivesEachFileOfRandomTreesOneFateAndPairsWhatBelongsTogether) {
  std::size_t taken = 0;
  constexpr std::uint64_t kTrees = 3000;
  for (std::uint64_t seed = 0; seed < kTrees; ++seed) {
    const Plan plan = random_plan(seed);
    Dataset dataset;
    try {
      dataset = recognise(plan.tree, {});
    } catch (const BadInput& error) {
      // Refused, rather than wrong: no split or class may get lost without a word.
      EXPECT_TRUE(has(error.what(), "--")) << plan.text << "\n" << error.what();
      continue;
    }
    ++taken;
    const Inventory inventory = take_inventory(plan.tree, dataset);
    std::uint64_t sum = 0;
    for (const std::uint64_t count : inventory.counts) sum += count;
    ASSERT_EQ(sum, plan.tree.files().size()) << plan.text;
    ASSERT_EQ(inventory.entries.size() + inventory.count(Fate::kSample), plan.tree.files().size())
        << plan.text;
    std::vector<std::string> paths;
    for_each_entry(plan.tree, dataset,
                   [&](const InventoryEntry& entry) { paths.push_back(entry.path); });
    ASSERT_TRUE(
        std::equal(paths.begin(), paths.end(), plan.tree.files().begin(), plan.tree.files().end()))
        << plan.text;
    ASSERT_EQ(inventory.count(Fate::kSample), plan.images.size())
        << plan.text << describe(inventory);
    ASSERT_EQ(inventory.count(Fate::kIgnored) + inventory.count(Fate::kNotTaken), plan.others)
        << plan.text;
    ASSERT_EQ(dataset.has_depth(), plan.has_depth) << plan.text;
    ASSERT_TRUE(dataset.losses.empty()) << plan.text << dataset.losses.front();
    std::size_t pairs = 0;
    for (const Split& split : dataset.splits) {
      for (const Sample& sample : split.samples) {
        const Planted& rgb = plan.images.at(std::string(sample.rgb));
        ASSERT_FALSE(rgb.depth) << plan.text;
        ASSERT_EQ(dataset.classes.at(static_cast<std::size_t>(sample.label)), rgb.class_name)
            << plan.text;
        ASSERT_EQ(split.name, plan.has_splits ? rgb.split : "all") << plan.text;
        ASSERT_TRUE(sample.rgb.ends_with(sample.key)) << plan.text;
        ++pairs;
        if (!plan.has_depth) continue;
        const Planted& depth = plan.images.at(std::string(sample.depth));
        ASSERT_TRUE(depth.depth) << plan.text;
        ASSERT_EQ(depth.split + "/" + depth.class_name + "/" + depth.number,
                  rgb.split + "/" + rgb.class_name + "/" + rgb.number)
            << plan.text;
      }
    }
    ASSERT_EQ(pairs, plan.pairs) << plan.text;
  }
  EXPECT_GT(taken, kTrees * 9 / 10) << "refusing everything is not what a person wants";
}

// Files of any names, most of them without sense.
TEST(Inventory, CountsTheFilesOfTreesWithoutSense) {
  const std::vector<std::string> words{"train", "Test", "rgb",  "depth",   "apple", "cup",
                                       "1",     "2",    "mask", "x_depth", "rgb_y", "val-set"};
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Dice dice(seed + 77);
    MemoryTree tree;
    for (std::size_t n = 2 + dice.below(12); n > 0; --n) {
      std::string path;
      for (std::size_t level = dice.below(4); level > 0; --level) path += dice.of(words) + "/";
      tree.add(path + dice.of(words) +
               dice.of(std::vector<std::string>{".png", ".jpg", ".txt", ".gif", ".zip"}));
    }
    try {
      LayoutOptions options;
      options.layout = "folders";
      const Dataset dataset = recognise(tree, options);
      const Inventory inventory = take_inventory(tree, dataset);
      std::uint64_t samples = 0;
      for (const Split& split : dataset.splits) {
        for (const Sample& sample : split.samples)
          samples += 0u + !sample.rgb.empty() + !sample.depth.empty();
      }
      ASSERT_EQ(inventory.count(Fate::kSample), samples) << seed;
      ASSERT_EQ(inventory.entries.size() + samples, tree.files().size()) << seed;
    } catch (const BadInput&) {
    }
  }
}

TEST(Inventory, WritesALineForEachFile) {
  MemoryTree tree;
  for (const char* file : {"a/1.png", "b/2.png", "b/3.gif", "notes \"x\".txt"}) tree.add(file);
  EXPECT_EQ(format_inventory(tree, recognise(tree, {})),
            "{\"path\":\"a/1.png\",\"fate\":\"sample\",\"split\":\"all\",\"class\":\"a\"}\n"
            "{\"path\":\"b/2.png\",\"fate\":\"sample\",\"split\":\"all\",\"class\":\"b\"}\n"
            "{\"path\":\"b/3.gif\",\"fate\":\"not taken\",\"reason\":\"is GIF, an unsupported "
            "format\",\"split\":\"all\",\"class\":\"b\"}\n"
            "{\"path\":\"notes \\\"x\\\".txt\",\"fate\":\"ignored\",\"reason\":\"is a text\"}\n");
}

}  // namespace
}  // namespace rod::dataset
