#include <gtest/gtest.h>

#include "doctor/machine_state.h"

namespace rod::doctor {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(Session, ColabEndsAfterTwelveHoursAtTheLatest) {
  const Session session =
      session_from({{"COLAB_RELEASE_TAG", "release-colab"}}, hours(2), seconds(0));
  EXPECT_EQ(session.place, "Colab");
  EXPECT_EQ(session.left, hours(10));
  EXPECT_EQ(session_from({{"COLAB_GPU", "1"}}, hours(20), seconds(0)).left, seconds(0))
      << "a paid session lives longer";
}

TEST(Session, SlurmTellsItsEnd) {
  const Session session = session_from({{"SLURM_JOB_ID", "42"}, {"SLURM_JOB_END_TIME", "1500"}},
                                       hours(2), seconds(1000));
  EXPECT_EQ(session.place, "Slurm job 42");
  EXPECT_EQ(session.left, seconds(500));
  EXPECT_FALSE(session_from({{"SLURM_JOB_ID", "42"}, {"SLURM_JOB_END_TIME", "soon"}}, hours(2),
                            seconds(1000))
                   .left);
}

TEST(Session, ElsewhereNothingIsKnownOfItsEnd) {
  const Session session = session_from({}, hours(2), seconds(0));
  EXPECT_FALSE(session.longest);
  EXPECT_FALSE(session.left);
}

TEST(Session, HereItHasAnAgeAndAClock) {
  const Session session = look_at_session();
  EXPECT_GT(session.age.count(), 0);
  EXPECT_GE(session.clock.size(), std::string("2026-01-01 00:00:00").size());
}

}  // namespace
}  // namespace rod::doctor
