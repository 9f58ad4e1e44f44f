#include "trainer/run/train.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <sstream>

#include "base/error.h"
#include "io/file.h"
#include "tests/temporary_folder.h"
#include "tests/trainer/tiny_dataset.h"
#include "trainer/checkpoint/checkpoint.h"
#include "trainer/learning/learning_rate.h"

namespace rod::trainer {
namespace {

constexpr std::uint64_t kEpochSteps = 5, kSteps = 15;

class TrainTest : public testing::Test {
 protected:
  // Threads that wait for one another are slow where many tests share few cores.
  static void SetUpTestSuite() {
    ::setenv("OMP_NUM_THREADS", "1", /*overwrite=*/1);
    at::set_num_threads(1);
  }
  void SetUp() override { write_tiny_dataset(data_); }

  TrainConfig config(const std::string& run) const { return tiny_config(data_, folder_ / run); }

  nlohmann::ordered_json run(const TrainConfig& config) const {
    nlohmann::ordered_json report;
    EXPECT_EQ(train(config, "# test\n", report), 0);
    return report;
  }

  // The same, but it is expected to fail.
  Error refusal(const TrainConfig& config) const {
    nlohmann::ordered_json report;
    try {
      train(config, "", report);
    } catch (const Error& error) {
      return error;
    }
    return Error(ErrorKind{}, "it did not fail");
  }

  // Stops after each of `stops` steps and goes on.
  void run_in_pieces(TrainConfig config, const std::vector<std::uint64_t>& stops) const {
    config.resume = true;
    for (const std::uint64_t stop : stops) {
      config.max_steps = stop;
      run(config);
    }
    config.max_steps = 0;
    run(config);
  }

  // A hash of every parameter, buffer and momentum after `step` steps.
  std::string weights(const std::string& run, std::uint64_t step = kSteps) const {
    const auto name = fmt::format("step-{:09}.safetensors", step);
    return shard::SafetensorsFile(folder_ / run / "checkpoints" / name).metadata().at("payload");
  }

  // The lines without what the clock says.
  std::vector<std::string> metrics(const std::string& run) const {
    std::istringstream text(io::read_file(folder_ / run / "metrics.jsonl"));
    std::vector<std::string> rows;
    for (std::string line; std::getline(text, line);) {
      auto row = nlohmann::json::parse(line);
      for (const char* clock : {"time", "pairs_per_second", "waited"}) row.erase(clock);
      rows.push_back(row.dump());
    }
    return rows;
  }

  const TemporaryFolder folder_;
  const std::filesystem::path data_ = folder_ / "data";
};

TEST_F(TrainTest, WritesAWholeRunFolder) {
  const auto report = run(config("a"));
  EXPECT_EQ(report["step"], kSteps);
  EXPECT_TRUE(report["accuracy"].contains("ROD"));
  EXPECT_EQ(io::read_file(folder_ / "a" / "config.toml"), "# test\n");
  EXPECT_EQ(read_checkpoint(report["checkpoint"].get<std::string>()).head.state.step, kSteps);
  EXPECT_EQ(read_checkpoint(folder_ / "a" / "best.safetensors").head.state.best_accuracy,
            report["best_accuracy"]);
  EXPECT_EQ(metrics("a").size(), 6u) << "losses and accuracies at the end of each of three epochs";
}

TEST_F(TrainTest, LearnsWhatIsEasy) {
  TrainConfig easy = config("a");
  easy.epochs = 12;
  easy.weight_decay = 0.001;
  EXPECT_GT(run(easy)["accuracy"]["synROD-test"], 0.6)
      << "three classes told apart by their brightness";
}

TEST_F(TrainTest, IsTheSameEveryTime) {
  run(config("a"));
  run(config("b"));
  EXPECT_EQ(weights("a"), weights("b"));
  EXPECT_EQ(metrics("a"), metrics("b"));
}

TEST_F(TrainTest, GoesOnWithClassesInAnotherOrder) {
  run(config("same"));
  run_in_pieces(config("moved"), {kEpochSteps + 2});
  std::filesystem::rename(data_, folder_ / "first data");
  TinyDataset other;
  other.classes = {"cap", "apple", "ball"};
  write_tiny_dataset(data_, other);
  TrainConfig resumed = config("moved");
  resumed.epochs = 4;
  EXPECT_NE(std::string(refusal([&] {
                          TrainConfig strict = resumed;
                          strict.resume = true;
                          return strict;
                        }())
                            .what())
                .find("--allow-changed"),
            std::string::npos);
  resumed.allow_changed = true;
  run_in_pieces(resumed, {kSteps + 2});
  TrainConfig same = config("same");
  same.epochs = 4;
  std::filesystem::rename(data_, folder_ / "second data");
  std::filesystem::rename(folder_ / "first data", data_);
  run_in_pieces(same, {});
  EXPECT_EQ(weights("moved", kSteps + kEpochSteps), weights("same", kSteps + kEpochSteps));
  EXPECT_EQ(metrics("moved").back(), metrics("same").back()) << "the last evaluation, by class";
  const Checkpoint last =
      read_checkpoint(folder_ / "moved" / "checkpoints" / "step-000000020.safetensors");
  EXPECT_EQ(last.head.class_names, (std::vector<std::string>{"apple", "ball", "cap"}));
}

TEST_F(TrainTest, NamesTheClassesThatAResumedRunDoesNotKnow) {
  run(config("a"));
  std::filesystem::rename(data_, folder_ / "first data");
  TinyDataset other;
  other.classes = {"apple", "ball", "cup"};
  write_tiny_dataset(data_, other);
  TrainConfig resumed = config("a");
  resumed.resume = resumed.allow_changed = true;
  const Error error = refusal(resumed);
  EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
  EXPECT_NE(std::string(error.what()).find("has not learned 'cup' and has learned 'cap'"),
            std::string::npos)
      << error.what();
}

TEST_F(TrainTest, IsTheSameWhereverItWasStoppedAndResumed) {
  run(config("whole"));
  for (const std::vector<std::uint64_t>& stops : {std::vector<std::uint64_t>{1},
                                                  {kEpochSteps},
                                                  {kEpochSteps - 1, kEpochSteps + 1},
                                                  {7, 8, 9}}) {
    const std::string name = fmt::format("after-{}", stops.front());
    run_in_pieces(config(name), stops);
    EXPECT_EQ(weights(name), weights("whole")) << name;
  }
}

TEST_F(TrainTest, ResumesEveryScheduleAndOptimiserBitForBit) {
  const auto variant = [&](const std::string& run, int kind) {
    TrainConfig changed = config(run);
    changed.warmup = "3steps";
    changed.clip_grad = .5;
    changed.ema = .9;
    changed.schedule = kind == 0 ? "cosine" : "inverse";
    changed.optimizer = kind == 0 ? "sgd" : "adamw";
    return changed;
  };
  run(config("plain"));
  for (int kind = 0; kind < 2; ++kind) {
    const std::string whole = fmt::format("whole-{}", kind),
                      pieces = fmt::format("pieces-{}", kind);
    run(variant(whole, kind));
    run_in_pieces(variant(pieces, kind), {7});
    EXPECT_EQ(weights(pieces), weights(whole)) << kind;
    EXPECT_NE(weights(whole), weights("plain")) << kind;
  }
  const auto row = nlohmann::json::parse(metrics("whole-0").front());
  const TrainConfig cosine = variant("whole-0", 0);
  EXPECT_EQ(row.at("lr"), cosine.lr * LearningRate(cosine, kEpochSteps).factor(kEpochSteps - 1));
  EXPECT_GT(row.at("grad_norm").get<double>(), 0);
}

TEST_F(TrainTest, ConcatenatesBatchesAlikeWhereverItWasStopped) {
  const auto changed = [&](const std::string& run) {
    TrainConfig config = this->config(run);
    config.concat_batches = "on";
    return config;
  };
  run(changed("whole"));
  run_in_pieces(changed("pieces"), {7});
  EXPECT_EQ(weights("pieces"), weights("whole"));
}

TEST_F(TrainTest, ChangesAppearanceAlikeWhereverItWasStopped) {
  const auto changed = [&](const std::string& run) {
    TrainConfig config = this->config(run);
    config.color_jitter = .4;
    config.hue_jitter = .1;
    config.grayscale_p = config.erasing_p = .25;
    config.depth_noise = config.depth_dropout_p = .05;
    return config;
  };
  run(config("plain"));
  run(changed("whole"));
  run_in_pieces(changed("pieces"), {7});
  EXPECT_EQ(weights("pieces"), weights("whole"));
  EXPECT_NE(weights("whole"), weights("plain"));
}

TEST_F(TrainTest, TrainsAndReportsOn16BitDepth) {
  std::filesystem::remove_all(data_);
  write_tiny_dataset(data_, {.depth = shard::DepthKind::kRaw16});
  TrainConfig normals = config("normals"), jet = config("jet");
  normals.epochs = jet.epochs = 1;
  normals.lr = jet.lr = 0;  // what it has not learned it mistakes
  jet.depth_input = "jet";
  run(normals);
  run(jet);
  EXPECT_NE(weights("normals", kEpochSteps), weights("jet", kEpochSteps));
  const Checkpoint checkpoint =
      read_checkpoint(folder_ / "normals" / "checkpoints" / "step-000000005.safetensors");
  EXPECT_EQ(checkpoint.head.options.at("depth-input"), "normals");
  EXPECT_NE(io::read_file(folder_ / "normals" / "report.html").find("alt=\"depth\""),
            std::string::npos);
}

TEST_F(TrainTest, EvaluatesAndKeepsTheAverageOfItsWeights) {
  TrainConfig averaged = config("averaged");
  averaged.ema = .99;  // lags far behind in so few steps
  run(averaged);
  Checkpoint last =
      read_checkpoint(folder_ / "averaged" / "checkpoints" / "step-000000015.safetensors");
  const auto own = last.tensors;
  const std::string name = "netF.fc2.weight";
  ASSERT_TRUE(own.contains("ema." + name));
  EXPECT_FALSE(own.at(name).equal(own.at("ema." + name)));
  run(config("plain"));
  const Checkpoint plain =
      read_checkpoint(folder_ / "plain" / "checkpoints" / "step-000000015.safetensors");
  EXPECT_TRUE(own.at(name).equal(plain.tensors.at(name))) << "training does not see the average";
  ASSERT_TRUE(use_average(last));
  EXPECT_TRUE(last.tensors.at(name).equal(own.at("ema." + name)));
  EXPECT_EQ(last.tensors.size(), plain.tensors.size());
  averaged.epochs = 1;
  averaged.logdir = folder_ / "one epoch";
  run(averaged);
  const Checkpoint best = read_checkpoint(averaged.logdir / "best.safetensors");
  const Checkpoint first =
      read_checkpoint(averaged.logdir / "checkpoints" / "step-000000005.safetensors");
  EXPECT_TRUE(best.tensors.at(name).equal(first.tensors.at("ema." + name)));
}

TEST_F(TrainTest, StopsWhenItsPatienceIsOverAndGoesOnWithMore) {
  TrainConfig patient = config("patient");
  patient.epochs = 8;
  patient.lr = 0;  // only running means change
  patient.patience = 2;
  const std::uint64_t stopped = run(patient).at("step");
  patient.resume = true;
  EXPECT_EQ(run(patient).at("step"), stopped) << "it is complete";
  patient.patience = 0;
  EXPECT_EQ(run(patient).at("step"), 8 * kEpochSteps);

  double best = -1;
  int stale = 0;
  std::uint64_t expected = 0;
  for (const std::string& line : metrics("patient")) {
    const auto row = nlohmann::json::parse(line);
    if (!row.contains("accuracy.ROD") || expected > 0) continue;
    stale = row.at("accuracy.ROD") > best ? 0 : stale + 1;
    best = std::max(best, row.at("accuracy.ROD").get<double>());
    if (stale == 2) expected = row.at("step");
  }
  EXPECT_EQ(stopped, expected);
  EXPECT_LT(stopped, 8 * kEpochSteps);
}

TEST_F(TrainTest, IsTheSameAfterALostCheckpointWithOtherThreads) {
  run(config("whole"));
  TrainConfig pieces = config("pieces");
  pieces.keep = 2;
  pieces.epochs = 2;
  run(pieces);
  std::filesystem::resize_file(folder_ / "pieces" / "checkpoints" / "step-000000010.safetensors",
                               5000);
  pieces.resume = true;
  pieces.epochs = 3;
  pieces.jobs = 4;
  run(pieces);
  EXPECT_EQ(weights("pieces"), weights("whole"));
  EXPECT_EQ(metrics("pieces"), metrics("whole")) << "lines after the resumed step are written once";
}

TEST_F(TrainTest, KeepsTheLossesOfAnIntervalThatACheckpointCutsInTwo) {
  TrainConfig stopped = config("stopped");
  stopped.save_every.steps = 7;
  stopped.keep = 9;
  run(stopped);
  const auto whole = metrics("stopped");
  const std::string hash = weights("stopped");
  // As a kill after step 7 would have left it.
  for (const int step : {10, 14, 15}) {
    std::filesystem::remove(folder_ / "stopped" / "checkpoints" /
                            fmt::format("step-{:09}.safetensors", step));
  }
  stopped.resume = true;
  run(stopped);
  EXPECT_EQ(weights("stopped"), hash);
  EXPECT_EQ(metrics("stopped"), whole);
}

TEST_F(TrainTest, EvaluatesAsOftenAsItLikesWithoutChangingTheRun) {
  run(config("whole"));
  TrainConfig less = config("less");
  less.test_batches = 1;
  run(less);
  EXPECT_EQ(weights("less"), weights("whole"));
}

TEST_F(TrainTest, SavesAndStopsAtItsTimeLimit) {
  TrainConfig limited = config("limited");
  limited.max_time = 1e-9;
  limited.resume = true;
  const Error error = refusal(limited);
  EXPECT_EQ(error.kind(), ErrorKind::kTimeLimit) << error.what();
  limited.max_time = 0;
  run(limited);
  run(config("whole"));
  EXPECT_EQ(weights("limited"), weights("whole"));
}

TEST_F(TrainTest, HasNothingToDoWhenItIsComplete) {
  TrainConfig again = config("a");
  run(again);
  again.resume = true;
  const std::string hash = weights("a");
  const auto lines = metrics("a");
  EXPECT_EQ(run(again)["step"], kSteps);
  EXPECT_EQ(weights("a"), hash);
  EXPECT_EQ(metrics("a"), lines);
}

TEST_F(TrainTest, SaysWhenTheDriveHasLostTheBestNetwork) {
  TrainConfig again = config("a");
  run(again);
  again.resume = true;
  again.quiet = false;
  const auto said = [&] {
    testing::internal::CaptureStderr();
    run(again);
    return testing::internal::GetCapturedStderr();
  };
  const std::string best = (folder_ / "a" / "best.safetensors").string(),
                    text = best + ": is not the run's best network";
  EXPECT_EQ(said().find(text), std::string::npos);
  std::filesystem::remove(best);
  EXPECT_NE(said().find(text), std::string::npos);
}

TEST_F(TrainTest, KeepsAsManyCheckpointsAsItWasTold) {
  TrainConfig few = config("few");
  few.keep = 2;
  few.save_every.steps = 1;
  run(few);
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "few" / "checkpoints")) {
    if (entry.path().filename() != store::kLastName) ++count;
  }
  EXPECT_EQ(count, 2u);
  EXPECT_NE(store::follow_last(folder_ / "few" / "checkpoints" / store::kLastName),
            folder_ / "few" / "checkpoints" / store::kLastName);
}

TEST_F(TrainTest, RefusesAFolderWithARunUnlessItResumes) {
  run(config("a"));
  const Error error = refusal(config("a"));
  EXPECT_EQ(error.kind(), ErrorKind::kUsage);
  EXPECT_NE(std::string(error.what()).find("--resume"), std::string::npos) << error.what();
}

TEST_F(TrainTest, RefusesToResumeWithOtherOptionsAndNamesThem) {
  TrainConfig changed = config("a");
  changed.max_steps = 1;
  run(changed);
  changed.resume = true;
  changed.lr = 0.5;
  changed.seed = 77;
  const Error error = refusal(changed);
  EXPECT_EQ(error.kind(), ErrorKind::kUsage);
  EXPECT_NE(std::string(error.what()).find("--lr: 0.01 in the run so far, 0.5 now"),
            std::string::npos);
  EXPECT_NE(std::string(error.what()).find("--seed"), std::string::npos) << error.what();
}

TEST_F(TrainTest, RefusesToResumeOnOtherData) {
  TrainConfig changed = config("a");
  changed.max_steps = 1;
  run(changed);
  changed.resume = true;
  changed.data = folder_ / "other";
  write_tiny_dataset(changed.data, {.seed = 2});
  EXPECT_EQ(refusal(changed).kind(), ErrorKind::kBadInput);
}

TEST_F(TrainTest, StopsWhenItDivergesAndKeepsWhatWasGood) {
  TrainConfig wild = config("wild");
  wild.save_every.steps = 1;
  wild.keep = 100;
  wild.lr = 1e30;
  const Error error = refusal(wild);
  EXPECT_EQ(error.kind(), ErrorKind::kFailed);
  const std::string message = error.what();
  EXPECT_NE(message.find("diverged"), std::string::npos) << message;
  EXPECT_NE(message.find(" in step "), std::string::npos) << message;
  EXPECT_NE(message.find(".png"), std::string::npos) << "the samples' keys: " << message;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "wild" / "checkpoints")) {
    for (const auto& [name, tensor] : read_checkpoint(entry.path()).tensors) {
      EXPECT_TRUE(torch::isfinite(tensor).all().item<bool>()) << entry.path() << " " << name;
    }
  }
}

TEST_F(TrainTest, NamesTheShardThatWasCutWhileItTrained) {
  TrainConfig cut = config("a");
  cut.max_steps = 3;
  run(cut);
  cut.max_steps = 0;
  cut.resume = true;
  std::filesystem::resize_file(data_ / "ROD" / "00000.safetensors", 9000);
  const Error error = refusal(cut);
  EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
  EXPECT_NE(std::string(error.what()).find("ROD/00000.safetensors"), std::string::npos)
      << error.what();
  EXPECT_EQ(weights("a", 3).size(), 32u) << "the checkpoint is still there";
}

TEST_F(TrainTest, TracesItsFirstSteps) {
  TrainConfig traced = config("a");
  traced.trace = 2;
  traced.max_steps = 4;
  run(traced);
  for (const char* name : {"step-000000001.safetensors", "step-000000002.safetensors"}) {
    const shard::SafetensorsFile file(folder_ / "a" / "trace" / name);
    EXPECT_TRUE(file.tensors().contains("target_rot.augment"));
    EXPECT_EQ(file.metadata().at("lr"), "0.01");
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a" / "trace" / "step-000000003.safetensors"));
}

TEST_F(TrainTest, WritesConfusionsAndAccuraciesOfEachClassIntoTheMetrics) {
  run(config("a"));
  const auto row = nlohmann::json::parse(metrics("a").back());
  for (const auto& [split, samples] :
       {std::pair("ROD", kTinyTarget), std::pair("synROD-test", kTinyTest)}) {
    std::uint64_t sum = 0;
    for (const auto& label : row.at(std::string("confusion.") + split)) {
      for (const std::uint64_t count : label) sum += count;
    }
    EXPECT_EQ(sum, samples) << split;
    EXPECT_EQ(row.at(std::string("per_class.") + split).size(), kTinyClasses);
  }
}

TEST_F(TrainTest, EvaluatesTheTargetAsAWholeWhateverTheBatches) {
  TrainConfig few = config("a");
  few.test_batches = 1;
  few.max_steps = 1;
  run(few);
  const auto row = nlohmann::json::parse(metrics("a").back());
  const auto count = [&](const char* key) {
    std::uint64_t sum = 0;
    for (const auto& label : row.at(key)) {
      for (const std::uint64_t cell : label) sum += cell;
    }
    return sum;
  };
  EXPECT_EQ(count("confusion.synROD-test"), few.batch_size);
  EXPECT_EQ(count("confusion.ROD"), kTinyTarget);
}

TEST_F(TrainTest, GoesOnBitForBitWithEveryMethod) {
  for (const Method* method : all_methods()) {
    const std::string name = method->name;
    TrainConfig whole = config(name), pieces = config(name + "-pieces");
    whole.method = pieces.method = name;
    whole.epochs = pieces.epochs = 1;
    EXPECT_EQ(run(whole)["step"], kEpochSteps) << name;
    run_in_pieces(pieces, {2});
    EXPECT_EQ(weights(name + "-pieces", kEpochSteps), weights(name, kEpochSteps)) << name;
  }
}

TEST_F(TrainTest, TrainsOnOneModality) {
  for (const char* modality : {"rgb", "depth"}) {
    TrainConfig one = config(modality);
    one.method = "rotation";
    one.modality = modality;
    one.epochs = 1;
    const auto report = run(one);
    const Checkpoint checkpoint = read_checkpoint(report["checkpoint"].get<std::string>());
    EXPECT_EQ(checkpoint.tensors.contains("netG_rgb.conv1.weight"), *modality == 'r');
    EXPECT_EQ(checkpoint.tensors.contains("netG_depth.conv1.weight"), *modality == 'd');
  }
}

TEST_F(TrainTest, StartsFromPretrainedWeights) {
  TrainConfig first = config("first");
  first.method = "source-only";
  run(first);
  TrainConfig second = config("second");
  second.pretrained = {(folder_ / "first" / "best.safetensors").string()};
  second.lr = 0;
  second.max_steps = 1;
  run(second);
  const Checkpoint a = read_checkpoint(second.pretrained.front());
  const Checkpoint b =
      read_checkpoint(folder_ / "second" / "checkpoints" / "step-000000001.safetensors");
  EXPECT_TRUE(
      a.tensors.at("netG_depth.conv1.weight").equal(b.tensors.at("netG_depth.conv1.weight")));
  EXPECT_TRUE(a.tensors.at("netF.fc2.weight").equal(b.tensors.at("netF.fc2.weight")));
}

TEST_F(TrainTest, WantsFiveClassesOfTheSmallset) {
  TrainConfig small = config("small");
  small.smallset = true;
  const Error error = refusal(small);
  EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
  EXPECT_NE(std::string(error.what()).find("rodprep cache --smallset"), std::string::npos)
      << error.what();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "small")) << "nothing was made";
}

}  // namespace
}  // namespace rod::trainer
