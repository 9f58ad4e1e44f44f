#include "trainer/input/feed.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/temporary_folder.h"
#include "tests/trainer/tiny_dataset.h"
#include "trainer/input/augment.h"
#include "trainer/input/splits.h"

namespace rod::trainer {
namespace {

class FeedTest : public testing::Test {
 protected:
  void SetUp() override { write_tiny_dataset(folder_.path(), {.lines_left_out = {3, 5}}); }

  Splits splits() const { return open_splits(config_, open_dataset(config_.data)); }
  std::unique_ptr<Feed> feed(std::uint64_t first_step) const {
    return std::make_unique<Feed>(method_.streams, splits(), config_, torch::kCPU, first_step);
  }

  const TemporaryFolder folder_;
  TrainConfig config_ = tiny_config(folder_.path(), "");
  const Method& method_ = find_method("rr");
};

void expect_equal(const std::vector<Minibatch>& a, const std::vector<Minibatch>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t s = 0; s < a.size(); ++s) {
    EXPECT_TRUE(torch::equal(a[s].index, b[s].index)) << s;
    EXPECT_TRUE(torch::equal(a[s].augment, b[s].augment)) << s;
    EXPECT_TRUE(torch::equal(a[s].label, b[s].label)) << s;
    EXPECT_TRUE(torch::equal(a[s].rgb, b[s].rgb)) << s;
    EXPECT_TRUE(torch::equal(a[s].depth, b[s].depth)) << s;
  }
}

TEST_F(FeedTest, GoesOnAtAnyStepAsIfItHadFedTheOnesBefore) {
  const auto from_start = feed(0);
  for (std::uint64_t step = 0; step < 8; ++step) {  // passes the end of both splits' epochs
    expect_equal(feed(step)->next(), from_start->next());
  }
}

TEST_F(FeedTest, FeedsTheSameWhateverReads) {
  const auto two_threads = feed(0);
  config_.jobs = 5;
  const auto five_threads = feed(0);
  for (int step = 0; step < 4; ++step) expect_equal(two_threads->next(), five_threads->next());
}

TEST_F(FeedTest, FeedsTheSameWhereverPairsStay) {
  for (const char* order : {"full", "window", "sequential"}) {
    config_.order = order;
    config_.residency = "stream";
    const auto streamed = feed(3);
    config_.residency = "ram";
    const auto in_memory = feed(3);
    config_.residency = "device";
    const auto on_device = feed(3);
    config_.residency = "auto";
    config_.local_dir = folder_ / "local";
    const auto copied = feed(3);
    config_.local_dir.clear();
    for (int step = 0; step < 8; ++step) {
      const auto expected = streamed->next();
      expect_equal(in_memory->next(), expected);
      expect_equal(on_device->next(), expected);
      expect_equal(copied->next(), expected);
    }
  }
}

TEST_F(FeedTest, DealsTheSameBatchesToAnyNumberOfProcesses) {
  for (const char* residency : {"stream", "device"}) {
    config_.residency = residency;
    const auto whole = feed(0);
    std::vector<std::unique_ptr<Feed>> parts;
    for (const std::uint32_t index : {0u, 1u, 2u}) {
      parts.push_back(std::make_unique<Feed>(method_.streams, splits(), config_, torch::kCPU, 0,
                                             stream::Slice{index, 3}));
    }
    for (int step = 0; step < 6; ++step) {
      std::vector<Minibatch> together = parts[0]->next();
      for (std::size_t part = 1; part < parts.size(); ++part) {
        const std::vector<Minibatch> more = parts[part]->next();
        for (std::size_t s = 0; s < together.size(); ++s) {
          for (torch::Tensor Minibatch::*member :
               {&Minibatch::rgb, &Minibatch::depth, &Minibatch::label, &Minibatch::index,
                &Minibatch::augment}) {
            together[s].*member = torch::cat({together[s].*member, more[s].*member});
          }
        }
      }
      expect_equal(together, whole->next());
    }
  }
}

TEST_F(FeedTest, GivesEveryStreamAnOrderOfItsOwn) {
  const auto batches = feed(0)->next();
  EXPECT_FALSE(torch::equal(batches[0].index, batches[2].index)) << "source and source_rot";
  EXPECT_FALSE(torch::equal(batches[1].index, batches[3].index)) << "target and target_rot";
}

TEST_F(FeedTest, ShowsEverySampleAtMostOnceAnEpoch) {
  const auto fed = feed(0);
  std::vector<torch::Tensor> lines;
  for (std::uint64_t step = 0; step < kTinyTrain / config_.batch_size; ++step) {
    lines.push_back(fed->next()[0].index);
  }
  const auto all = torch::cat(lines);
  EXPECT_EQ(std::get<0>(at::_unique(all)).size(0), all.size(0));
}

TEST_F(FeedTest, CountsRefusedLinesOfTheSplitList) {
  const auto fed = feed(0);
  for (int step = 0; step < 10; ++step) {
    const torch::Tensor index = fed->next()[0].index;
    EXPECT_FALSE(((index == 3) | (index == 5)).any().item<bool>());
    EXPECT_LT(index.max().item<std::int64_t>(), std::int64_t(kTinyTrain + 2));
  }
}

TEST_F(FeedTest, LabelsClassesAndRotations) {
  const auto batches = feed(0)->next();
  const Splits opened = splits();
  for (std::int64_t i = 0; i < config_.batch_size; ++i) {
    const auto line =
        batches[1].index[i].item<std::int64_t>();  // nothing was refused in the target
    EXPECT_EQ(batches[1].label[i].item<std::int64_t>(),
              opened.target->label(static_cast<std::uint64_t>(line)));
  }
  EXPECT_TRUE(torch::equal(batches[2].label, relative_rotation(batches[2].augment, 4)));
  EXPECT_EQ(batches[0].augment.slice(1, 3).abs().sum().item<std::int64_t>(), 0) << "not turned";
}

TEST_F(FeedTest, DependsOnTheSeed) {
  const auto one = feed(0)->next();
  config_.seed = 2;
  EXPECT_FALSE(torch::equal(one[0].index, feed(0)->next()[0].index));
}

TEST(Feed, ConvertsDepthInMillimetres) {
  const TemporaryFolder folder;
  write_tiny_dataset(folder.path(), {.depth = shard::DepthKind::kRaw16});
  const shard::Manifest manifest = open_dataset(folder.path());
  TrainConfig config = with_data_choices(tiny_config(folder.path(), ""), manifest);
  EXPECT_EQ(config.depth_input, "normals");
  std::vector<torch::Tensor> seen;
  for (const char* input : {"normals", "gray", "jet"}) {
    config.depth_input = input;
    const Splits splits = open_splits(config, manifest);
    Feed feed(find_method("rr").streams, splits, config, torch::kCPU, 0);
    const Minibatch source = feed.next()[0];
    const shard::SplitReader& split = *splits.source_train;
    std::vector<torch::Tensor> depth;
    for (std::int64_t b = 0; b < source.index.size(0); ++b) {
      torch::Tensor rgb = torch::empty({kTinySide, kTinySide, 3}, torch::kByte);
      const torch::Tensor one = torch::empty({kTinySide, kTinySide}, torch::kInt16);
      const auto bytes_of = [](const torch::Tensor& tensor) {
        return std::span(static_cast<std::byte*>(tensor.data_ptr()), tensor.nbytes());
      };
      shard::ReadScratch scratch;
      split.read(static_cast<std::uint64_t>(source.index[b].item<std::int64_t>()), bytes_of(rgb),
                 bytes_of(one), scratch);
      depth.push_back(one);
    }
    const torch::Tensor expected =
        transform(colour_depth(torch::stack(depth), depth_input_from_name(input)), source.augment,
                  Modality::kDepth, config.image_size);
    EXPECT_TRUE(source.depth.equal(expected)) << input;
    seen.push_back(source.depth);
  }
  EXPECT_FALSE(seen[0].equal(seen[1]));
  EXPECT_FALSE(seen[1].equal(seen[2]));
}

TEST(OpenSplits, NamesTheSplitsThereAreWhenOneIsMissing) {
  const TemporaryFolder folder;
  write_tiny_dataset(folder.path());
  TrainConfig config = tiny_config(folder.path(), "");
  config.target = "Rod";
  try {
    open_splits(config, open_dataset(folder.path()));
    FAIL() << "accepted";
  } catch (const BadInput& error) {
    EXPECT_NE(std::string(error.what()).find("synROD-test"), std::string::npos) << error.what();
  }
}

TEST(OpenSplits, RefusesASplitSmallerThanABatchAndSaysWhatFits) {
  const TemporaryFolder folder;
  write_tiny_dataset(folder.path());
  TrainConfig config = tiny_config(folder.path(), "");
  config.batch_size = 18;
  try {
    open_splits(config, open_dataset(folder.path()));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("--batch-size 17"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace rod::trainer
