#include "synth/solid.h"

#include <gtest/gtest.h>

namespace rod::synth {
namespace {

TEST(Solid, DistancesOfSimpleShapesAreExact) {
  Solid box, sphere, can;
  box.box({0, 0, 1}, {1, 2, 1}, 0, {});
  EXPECT_NEAR(box.distance({3, 0, 1}).value, 2, 1e-5);
  EXPECT_NEAR(box.distance({0, 0, 1}).value, -1, 1e-5);
  sphere.ellipsoid({0, 0, 0}, {2, 2, 2}, {});
  EXPECT_NEAR(sphere.distance({0, 3, 0}).value, 1, 1e-5);
  can.cylinder({0, 0, 0}, 1, 2, 0.1f, {});
  EXPECT_NEAR(can.distance({2, 0, 0}).value, 1, 1e-5);
  EXPECT_NEAR(can.distance({0, 0, 3}).value, 1, 1e-5);
  EXPECT_LT(can.distance({0.5f, 0, 1.5f}).value, 0);
}

TEST(Solid, AnArcHasTwoEnds) {
  Solid arc;
  arc.arc({0, 0, 0}, 1, 0.1f, 90, {});
  EXPECT_NEAR(arc.distance({0, 0, -1}).value, -0.1, 1e-4);
  EXPECT_NEAR(arc.distance({1, 0, 0}).value, -0.1, 1e-4);
  EXPECT_NEAR(arc.distance({0, 0, 1}).value, std::sqrt(2.0) - 0.1, 1e-4);  // to an end
}

TEST(Solid, CuttingTakesAwayAndJoiningAdds) {
  Solid mug;
  mug.cylinder({0, 0, 1}, 1, 1, 0, {});
  mug.cylinder({0, 0, 1.5f}, 0.8f, 1, 0, {}).cut();
  EXPECT_GT(mug.distance({0, 0, 1.2f}).value, 0);
  EXPECT_LT(mug.distance({0, 0, 0.2f}).value, 0);
  mug.ellipsoid({0, 0, 1.2f}, {0.1f, 0.1f, 0.1f}, {});
  EXPECT_LT(mug.distance({0, 0, 1.2f}).value, 0);
}

TEST(Solid, NormalsPointOutward) {
  Solid ball;
  ball.ellipsoid({0, 0, 0}, {1, 1, 1}, {});
  const Vector3 n = ball.normal({0, 0, 1});
  EXPECT_NEAR(n.z, 1, 1e-3);
}

TEST(Solid, BoundsHoldTurnedPartsAndLeaveOutWhatIsCut) {
  Solid solid;
  solid.box({0, 0, 0}, {2, 1, 1}, 0.1f, {}).turn(2, 90);
  solid.box({0, 0, 0}, {9, 9, 9}, 0, {}).cut();
  const Bounds box = bounds(solid);
  EXPECT_NEAR(box.high.x, 1, 1e-5);
  EXPECT_NEAR(box.high.y, 2, 1e-5);
}

}  // namespace
}  // namespace rod::synth
