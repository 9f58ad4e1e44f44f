#include "prepare/cache/pair_reader.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/text_pool.h"

namespace rod::prepare {
namespace {

// A tree whose depth images follow all its RGB images, and that writes down where it was read.
class WatchedTree : public dataset::Tree {
 public:
  explicit WatchedTree(std::size_t pairs, std::uint64_t bytes) : bytes_(bytes) {
    for (const char* letter : {"a", "b"}) {
      for (std::size_t n = 0; n < pairs; ++n) files_.push_back(texts_.add(letter + name_of(n)));
    }
  }
  static std::string name_of(std::size_t n) {
    std::string digits = std::to_string(n);
    return std::string(6 - digits.size(), '0') + digits;
  }

  std::string name() const override { return "watched"; }
  const std::vector<std::string_view>& files() const override { return files_; }
  bool contains(std::string_view path) const override {
    return std::binary_search(files_.begin(), files_.end(), path);
  }
  std::uint64_t size(std::string_view) const override { return bytes_; }
  std::uint64_t position(std::string_view path) const override {
    return static_cast<std::uint64_t>(std::lower_bound(files_.begin(), files_.end(), path) -
                                      files_.begin());
  }
  void read(std::string_view path, std::vector<std::byte>& out) const override {
    if (path == broken) throw BadInput("broken");
    out.resize(bytes_);
    std::copy_n(reinterpret_cast<const std::byte*>(path.data()), path.size(), out.begin());
    reads.push_back(position(path));
  }

  std::string broken;
  mutable std::vector<std::uint64_t> reads;  // of the one thread that reads

 private:
  std::uint64_t bytes_;
  TextPool texts_;
  std::vector<std::string_view> files_;
};

// A data set of one split that lists the pairs in `order`, in shards of 100.
struct Task {
  explicit Task(const std::vector<std::size_t>& order) {
    dataset::Split split;
    split.name = "S";
    for (const std::size_t n : order) {
      dataset::Sample sample;
      sample.rgb = dataset.text("a" + WatchedTree::name_of(n));
      sample.depth = dataset.text("b" + WatchedTree::name_of(n));
      split.samples.push_back(sample);
    }
    dataset.splits.push_back(split);
    for (std::size_t first = 0; first < order.size(); first += 100) {
      plan.units.push_back({0, first, std::min<std::size_t>(100, order.size() - first), 0, ""});
      todo.push_back(todo.size());
    }
  }
  dataset::Dataset dataset;
  CachePlan plan;
  std::vector<std::size_t> todo;
};

std::string first_letters(const std::vector<std::byte>& bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data()), 7);
}

std::size_t backward_steps(const std::vector<std::uint64_t>& positions) {
  std::size_t steps = 0;
  for (std::size_t i = 1; i < positions.size(); ++i) steps += positions[i] < positions[i - 1];
  return steps;
}

TEST(PairReader, GivesThePairsOfThePlanInItsOrder) {
  const WatchedTree tree(1000, 1000);
  std::vector<std::size_t> order(1000);
  for (std::size_t n = 0; n < order.size(); ++n) order[n] = n * 337 % 1000;
  Task task(order);
  task.todo.erase(task.todo.begin() + 3);  // finished by an earlier run
  PairReader reader(tree, task.dataset, task.plan, task.todo);
  for (std::size_t n = 0; n < 1000; ++n) {
    if (n / 100 == 3) continue;
    const auto pair = reader.next();
    ASSERT_TRUE(pair);
    EXPECT_EQ(pair->unit, n / 100);
    EXPECT_EQ(pair->sample, n);
    EXPECT_EQ(first_letters(pair->rgb), "a" + WatchedTree::name_of(order[n]));
    EXPECT_EQ(first_letters(pair->depth), "b" + WatchedTree::name_of(order[n]));
  }
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.next());
}

TEST(PairReader, ReadsTheSourceAsTwoAdvancingCursors) {
  // 4,000 images of 100 kB, shuffled within every 50 neighbours, as the published list shuffles an
  // object's images.
  const WatchedTree tree(2000, 100'000);
  std::vector<std::size_t> order(2000);
  for (std::size_t n = 0; n < order.size(); ++n) order[n] = n / 50 * 50 + n % 50 * 17 % 50;
  const Task task(order);
  PairReader reader(tree, task.dataset, task.plan, task.todo);
  while (reader.next()) {
  }
  ASSERT_EQ(tree.reads.size(), 4000u);
  // Of each cursor's reads, none but those at the edges of batches goes back, and then within one
  // object.
  std::vector<std::uint64_t> rgb, depth;
  for (const std::uint64_t position : tree.reads)
    (position < 2000 ? rgb : depth).push_back(position);
  const std::size_t batches = 400'000'000 / PairReader::kBatchBytes + 6;
  EXPECT_LE(backward_steps(rgb), batches);
  EXPECT_LE(backward_steps(depth), batches);
  EXPECT_LE(backward_steps(tree.reads), 2 * batches);  // the cursors take turns once per batch
}

TEST(PairReader, ListsInTheOrderOfTheSourceNeverGoBack) {
  const WatchedTree tree(2000, 100'000);
  std::vector<std::size_t> order(2000);
  for (std::size_t n = 0; n < order.size(); ++n) order[n] = n;
  const Task task(order);
  PairReader reader(tree, task.dataset, task.plan, task.todo);
  while (reader.next()) {
  }
  std::vector<std::uint64_t> rgb, depth;
  for (const std::uint64_t position : tree.reads)
    (position < 2000 ? rgb : depth).push_back(position);
  EXPECT_EQ(backward_steps(rgb), 0u);
  EXPECT_EQ(backward_steps(depth), 0u);
}

TEST(PairReader, PassesOnWhatReadingFailsWith) {
  WatchedTree tree(100, 100'000);
  tree.broken = "a" + WatchedTree::name_of(90);
  std::vector<std::size_t> order(100);
  for (std::size_t n = 0; n < order.size(); ++n) order[n] = n;
  const Task task(order);
  PairReader reader(tree, task.dataset, task.plan, task.todo);
  EXPECT_THROW(while (reader.next()){}, BadInput);
}

TEST(PairReader, MayBeLeftBeforeTheEnd) {
  const WatchedTree tree(2000, 100'000);
  std::vector<std::size_t> order(2000);
  for (std::size_t n = 0; n < order.size(); ++n) order[n] = n;
  const Task task(order);
  PairReader reader(tree, task.dataset, task.plan, task.todo);
  EXPECT_TRUE(reader.next());
}

}  // namespace
}  // namespace rod::prepare
