#include <gtest/gtest.h>

#include "base/error.h"
#include "prepare/cache/plan.h"
#include "prepare/cache/shard_notes.h"
#include "tests/dataset/memory_tree.h"

namespace rod::prepare {
namespace {

// A split of ten samples, all of the same two files.
struct TenSamples {
  TenSamples() {
    tree.add("below/a.png", "1234");
    tree.add("below/b.png", "12");
    dataset.layout = "some";
    dataset.classes = {"apple"};
    dataset.splits.push_back({"ROD", "below/list.txt", "below/", {}});
    for (std::uint64_t n = 0; n < 10; ++n) {
      dataset.splits[0].samples.push_back({"below/a.png", "below/b.png", "key", 0, n});
    }
  }
  CachePlan plan(std::uint64_t shard_bytes) const {
    return make_plan(dataset, tree, {8, 8, shard::DepthKind::kRaw16}, shard::Codec::kRaw,
                     shard_bytes);
  }
  dataset::MemoryTree tree;
  dataset::Dataset dataset;
};

TEST(CachePlan, CutsShardsByTheDecodedSizeOfAPair) {
  const CachePlan plan = TenSamples().plan(4 * 8 * 8 * 5 + 1);
  ASSERT_EQ(plan.units.size(), 3u);
  EXPECT_EQ(plan.units[1].first, 4u);
  EXPECT_EQ(plan.units[2].count, 2u);
  EXPECT_EQ(plan.units[2].source_bytes, 12u);
  EXPECT_EQ(plan.units[2].file, "ROD/00002.safetensors");
}

TEST(CachePlan, PutsAtLeastOnePairIntoAShard) {
  EXPECT_EQ(TenSamples().plan(1).units.size(), 10u);
}

TEST(CachePlan, IsTheSameBelowAnotherFolder) {
  TenSamples here, there;
  there.tree.add("deep/below/a.png", "1234");
  there.tree.add("deep/below/b.png", "12");
  there.dataset.splits[0].folder = "deep/below/";
  for (dataset::Sample& sample : there.dataset.splits[0].samples) {
    sample.rgb = there.dataset.text("deep/" + std::string(sample.rgb));
    sample.depth = there.dataset.text("deep/" + std::string(sample.depth));
  }
  EXPECT_EQ(here.plan(1000).text, there.plan(1000).text);
}

TEST(CachePlan, TellsInWhatItDiffersFromAnother) {
  TenSamples other;
  other.dataset.splits[0].samples[3].label = 1;
  other.dataset.splits[0].name = "XYZ";
  const std::string before = TenSamples().plan(1000).text, now = other.plan(2000).text;
  EXPECT_EQ(plan_difference(before, before), "");
  EXPECT_EQ(plan_difference(before, now),
            "pairs per shard was 3, is now 6; split XYZ is new; split ROD is gone");
  EXPECT_EQ(plan_difference("{\"cut", now), "the earlier plan is unreadable");
}

TEST(ShardNotes, ComeBackFromAHeader) {
  ShardNotes notes{"plan", {}, {}, {{"key", 7, "file \"x\".png", "is cut"}}};
  notes.rgb.pixels = 3;
  notes.depth.squares = {1, 2, ~std::uint64_t{0}};
  const ShardNotes back = notes_from_metadata(to_metadata(notes), "shard");
  EXPECT_EQ(back.plan, "plan");
  EXPECT_EQ(back.rgb.pixels, 3u);
  EXPECT_EQ(back.depth.squares[2], ~std::uint64_t{0});
  ASSERT_EQ(back.rejects.size(), 1u);
  EXPECT_EQ(back.rejects[0].line, 7u);
  EXPECT_EQ(back.rejects[0].file, "file \"x\".png");
}

TEST(ShardNotes, OfAnotherProgramAreNamedAsMissing) {
  EXPECT_THROW(notes_from_metadata({}, "shard"), BadInput);
  EXPECT_THROW(notes_from_metadata({{"cache.plan", "p"}, {"cache.sums", "{}"}}, "shard"), BadInput);
  EXPECT_THROW(notes_from_metadata({{"cache.plan", "p"}, {"cache.sums", "[1"}}, "shard"), BadInput);
}

}  // namespace
}  // namespace rod::prepare
