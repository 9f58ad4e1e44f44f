#include "trainer/log/progress_text.h"

#include <gtest/gtest.h>

namespace rod::trainer {
namespace {

TEST(ProgressText, TellsAllThatMatters) {
  ProgressFigures figures;
  figures.epoch = 3;
  figures.epochs = 40;
  figures.step = 1234;
  figures.steps = 23440;
  figures.steps_per_second = 22206.0 / 4800;
  figures.pairs_per_second = 812.3;
  figures.losses = {{"loss.cls", 1.234},
                    {"loss.ent", 0.451},
                    {"loss.rot_source", 0.312},
                    {"loss.rot_target", 0.4}};
  figures.accuracy_of = "ROD";
  figures.accuracy = 0.4128;
  figures.gpu_used = 5'200'000'000;
  figures.gpu_total = 15'800'000'000;
  figures.waited = 0.021;
  figures.since_safe = 185;
  EXPECT_EQ(progress_text(figures),
            "epoch 3/40  step 1234/23440  812 pairs/s  1 h 20 min left  ROD 41.3%  wait 2%  saved "
            "3 min 05 s ago  cls 1.23 ent 0.45 rot 0.31/0.40  GPU 5.2 GB of 15.8 GB");
}

TEST(ProgressText, TellsThatTheDriveDoesNotAnswer) {
  ProgressFigures figures;
  figures.since_safe = 700;
  figures.since_local = 42;
  figures.silent = 65;
  EXPECT_EQ(progress_text(figures),
            "epoch 0/0  step 0/0  drive silent for 1 min 05 s  saved 11 min 40 s ago  on this "
            "machine 42 s ago");
}

TEST(ProgressText, LeavesOutWhatIsNotKnownYet) {
  ProgressFigures figures;
  figures.epoch = 1;
  figures.epochs = 2;
  figures.steps = 10;
  EXPECT_EQ(progress_text(figures), "epoch 1/2  step 0/10");
}

}  // namespace
}  // namespace rod::trainer
