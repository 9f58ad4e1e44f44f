#include "synth/synth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/hash.h"
#include "image/decode.h"
#include "io/file.h"
#include "tests/temporary_folder.h"

namespace rod::synth {
namespace {

// The regular files of a ustar archive, in its order.
std::vector<std::pair<std::string, std::string>> untar(const std::string& tar) {
  std::vector<std::pair<std::string, std::string>> files;
  for (std::size_t at = 0; at + 512 <= tar.size() && tar[at] != '\0';) {
    const std::string prefix = tar.substr(at + 345, 155).c_str();
    const std::string name = tar.substr(at, 100).c_str();
    const std::size_t size = std::stoull(tar.substr(at + 124, 11), nullptr, 8);
    files.emplace_back(prefix.empty() ? name : prefix + "/" + name, tar.substr(at + 512, size));
    at += 512 + (size + 511) / 512 * 512;
  }
  return files;
}

std::string made(SynthOptions options) {
  const TemporaryFolder folder;
  options.archive = folder / "out.tar";
  options.quiet = true;
  const SynthReport report = synth(options);
  const std::string tar = io::read_file(options.archive);
  EXPECT_EQ(report.bytes, tar.size());
  EXPECT_EQ(report.pairs, options.pairs);
  EXPECT_EQ(report.files, 2 * options.pairs + 3);
  return tar;
}

SynthOptions small() {
  SynthOptions options;
  options.pairs = 80;
  options.size = 24;
  options.classes = 5;
  return options;
}

struct Listed {
  std::string path;
  int label;
};

std::vector<Listed> lines_of(const std::string& list) {
  std::vector<Listed> lines;
  std::istringstream in(list);
  for (Listed line; in >> line.path >> line.label;) lines.push_back(line);
  return lines;
}

const std::string kRodList = "ROD-synROD/ROD/wrgbd_40k-split_sync.txt";
const std::string kTrainList = "ROD-synROD/synROD/synARID_50k-split_sync_train1.txt";
const std::string kTestList = "ROD-synROD/synROD/synARID_50k-split_sync_test1.txt";

std::string with(std::string path, const std::string& word) {
  return path.replace(path.find("***"), 3, word);
}

TEST(Synth, GivesTheSameBytesForAnyNumberOfJobs) {
  SynthOptions options = small();
  options.jobs = 1;
  const std::string one = made(options);
  options.jobs = 2;
  EXPECT_TRUE(made(options) == one);
  options.jobs = 8;
  EXPECT_TRUE(made(options) == one);
}

// Compilers and processors that order random draws or round otherwise are found here. Of pixels, as
// libraries compress PNGs differently.
TEST(Synth, RendersTheSamePixelsEverywhere) {
  SynthOptions options;
  options.pairs = 470;
  options.size = 16;
  options.classes = 47;
  Hasher pixels;
  for (const auto& [name, data] : untar(made(options))) {
    if (name.find(".png") == std::string::npos) continue;
    const image::Decoded decoded = image::decode_depth(std::as_bytes(std::span(data)));
    ASSERT_TRUE(std::holds_alternative<image::Image>(decoded)) << name;
    pixels.update(std::get<image::Image>(decoded).bytes);
  }
  EXPECT_EQ(pixels.digest().hex(), "90414c7f7c3d41f4afa326945bdd9d80");
}

TEST(Synth, GivesOtherPicturesForAnotherSeed) {
  SynthOptions options = small();
  const auto first = untar(made(options));
  options.seed = 2;
  const auto second = untar(made(options));
  ASSERT_EQ(first.size(), second.size());
  std::size_t equal = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].first, second[i].first);
    equal += first[i].second == second[i].second;
  }
  EXPECT_EQ(equal, 0u);
}

TEST(Synth, ListsNameExactlyTheFilesThatAreThere) {
  std::map<std::string, std::string> files;
  for (auto& [name, data] : untar(made(small())))
    EXPECT_TRUE(files.emplace(name, data).second) << name << " twice";
  std::set<std::string> listed = {kRodList, kTrainList, kTestList};
  for (const Listed& line : lines_of(files.at(kRodList))) {
    listed.insert("ROD-synROD/ROD/rgb-washington/" + with(line.path, "crop"));
    listed.insert("ROD-synROD/ROD/surfnorm-washington/" + with(line.path, "depthcrop"));
  }
  for (const std::string& list : {kTrainList, kTestList}) {
    for (const Listed& line : lines_of(files.at(list))) {
      listed.insert("ROD-synROD/synROD/" + with(line.path, "rgb"));
      listed.insert("ROD-synROD/synROD/" + with(line.path, "depth"));
    }
  }
  std::set<std::string> there;
  for (const auto& [name, data] : files) there.insert(name);
  EXPECT_EQ(there, listed);
}

TEST(Synth, EveryImageIsAnEightBitColourPngOfTheWantedSize) {
  for (const auto& [name, data] : untar(made(small()))) {
    if (name.find(".png") == std::string::npos) continue;
    const image::Decoded decoded = image::decode_depth(std::as_bytes(std::span(data)));
    ASSERT_TRUE(std::holds_alternative<image::Image>(decoded)) << name;
    const image::Image& image = std::get<image::Image>(decoded);
    EXPECT_EQ(image.bytes.size(), 24u * 24 * 3) << name;
  }
}

TEST(Synth, HalfIsTargetAndAFifthOfTheSourceIsTest) {
  SynthOptions options = small();
  options.pairs = 200;
  std::map<std::string, std::string> files;
  for (auto& [name, data] : untar(made(options))) files[name] = data;
  EXPECT_EQ(lines_of(files.at(kRodList)).size(), 100u);
  EXPECT_EQ(lines_of(files.at(kTrainList)).size(), 80u);
  EXPECT_EQ(lines_of(files.at(kTestList)).size(), 20u);
  for (const std::string& list : {kRodList, kTrainList, kTestList}) {
    std::map<int, int> per_class;
    for (const Listed& line : lines_of(files.at(list))) ++per_class[line.label];
    EXPECT_EQ(per_class.size(), 5u) << list;
    for (const auto& [label, count] : per_class)
      EXPECT_EQ(count, per_class[0]) << list << " label " << label;
  }
}

TEST(Synth, NoModelIsInTrainAndTest) {
  std::map<std::string, std::string> files;
  for (auto& [name, data] : untar(made(small()))) files[name] = data;
  const auto models = [&](const std::string& list) {
    std::set<std::string> out;
    for (const Listed& line : lines_of(files.at(list)))
      out.insert(line.path.substr(0, line.path.find("_05_")));
    return out;
  };
  const auto train = models(kTrainList), test = models(kTestList);
  for (const std::string& model : test) EXPECT_EQ(train.count(model), 0u) << model;
  EXPECT_GT(train.size(), test.size());
}

TEST(Synth, ListsAreShuffledAndTheDepthTreeFollowsTheRgbTree) {
  const auto files = untar(made(small()));
  const auto position = [&](const std::string& part, bool last) {
    std::size_t found = files.size();
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (files[i].first.find(part) != std::string::npos && (last || found == files.size()))
        found = i;
    }
    return found;
  };
  EXPECT_LT(position("rgb-washington", true), position("surfnorm-washington", false));
  EXPECT_LT(position("surfnorm-washington", true), position("synROD/apple", false));
  const std::vector<Listed> lines = lines_of(files[0].second);
  EXPECT_EQ(files[0].first, kRodList);
  EXPECT_FALSE(std::is_sorted(lines.begin(), lines.end(),
                              [](const Listed& a, const Listed& b) { return a.label < b.label; }));
}

TEST(Synth, SpellsBellPepperAsTheArchiveDoes) {
  std::map<std::string, std::string> files;
  for (auto& [name, data] : untar(made(small()))) files[name] = data;
  for (const Listed& line : lines_of(files.at(kRodList))) {
    EXPECT_EQ(line.label == 3, line.path.rfind("bell_pepper/bell_pepper_", 0) == 0) << line.path;
  }
  for (const Listed& line : lines_of(files.at(kTrainList))) {
    EXPECT_EQ(line.label == 3, line.path.rfind("bell_papper/***/bell_papper_", 0) == 0)
        << line.path;
  }
}

TEST(Synth, RefusesOptionsThatMakeNoDataSet) {
  const auto refused = [](auto change) {
    const TemporaryFolder folder;
    SynthOptions options = small();
    options.archive = folder / "out.tar";
    change(options);
    try {
      synth(options);
    } catch (const Error& error) {
      return error.exit_code() == 2 && !std::filesystem::exists(options.archive);
    }
    return false;
  };
  EXPECT_TRUE(refused([](SynthOptions& o) { o.classes = 48; }));
  EXPECT_TRUE(refused([](SynthOptions& o) { o.classes = 0; }));
  EXPECT_TRUE(refused([](SynthOptions& o) { o.pairs = 49; }));
  EXPECT_TRUE(refused([](SynthOptions& o) { o.size = 8; }));
}

}  // namespace
}  // namespace rod::synth
