#include "store/run_lock.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>

#include "io/file.h"
#include "tests/temporary_folder.h"

namespace rod::store {
namespace {

class RunLockTest : public testing::Test {
 protected:
  // As another machine has left it, `age` seconds ago.
  void held_by_another_machine(std::int64_t age) const {
    const nlohmann::json holder = {{"host", "elsewhere"},   {"boot", "other"},
                                   {"pid", 1234},           {"started", "7"},
                                   {"token", "of another"}, {"beat", std::time(nullptr) - age}};
    io::write_file(lock_file(), holder.dump());
  }
  std::string refusal() const {
    try {
      const RunLock lock(folder_.path());
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kFailed);
      return error.what();
    }
    return "";
  }
  // As if `pid` of this machine, which started when /proc says, had it.
  void hold_by_process(long pid) const {
    nlohmann::json holder;
    {
      const RunLock lock(folder_.path());
      holder = nlohmann::json::parse(io::read_file(lock_file()));
    }
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string line, started;
    std::getline(stat, line);
    std::istringstream fields(line.substr(line.rfind(')') + 1));
    for (int field = 3; field <= 22; ++field) fields >> started;
    holder["pid"] = pid;
    holder["started"] = started;
    io::write_file(lock_file(), holder.dump());
  }
  std::filesystem::path lock_file() const { return folder_ / ".lock"; }

  const TemporaryFolder folder_;
};

TEST_F(RunLockTest, LetsOneInAtATime) {
  {
    const RunLock lock(folder_.path());
    EXPECT_NE(refusal().find("in use by another process"), std::string::npos);
  }
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(io::read_file(lock_file()), "") << "nobody holds it any more";
}

TEST_F(RunLockTest, IsHeldByAnotherMachineThatStillBeats) {
  held_by_another_machine(60);
  EXPECT_NE(refusal().find("elsewhere"), std::string::npos) << refusal();
}

TEST_F(RunLockTest, IsFreeWhenAnotherMachineHasBeenSilentForLong) {
  held_by_another_machine(kLockExpires.count() + 1);
  const RunLock lock(folder_.path());
  EXPECT_NE(lock.taken_over().find("elsewhere"), std::string::npos);
}

TEST_F(RunLockTest, DoesNotHoldForEverWhereAClockWasWrong) {
  held_by_another_machine(-100000);
  EXPECT_EQ(refusal(), "");
}

TEST_F(RunLockTest, IsFreeAtOnceWhenAProcessOfThisMachineHasDied) {
  {
    RunLock lock(folder_.path());
    auto holder = nlohmann::json::parse(io::read_file(lock_file()));
    holder["pid"] = 1;  // lives, but started at another time: the number was used again
    io::write_file(folder_ / "left", holder.dump());
  }
  std::filesystem::copy_file(folder_ / "left", lock_file(),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(refusal(), "");
}

TEST_F(RunLockTest, IsHeldByALivingProcessBehindAnotherMount) {
  hold_by_process(1);
  EXPECT_NE(refusal().find("process 1 "), std::string::npos);
}

TEST_F(RunLockTest, IsFreeOnceItsProcessHasEndedThoughItsParentDoesNotWaitForIt) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t ended = {};
  ASSERT_EQ(::waitid(P_PID, child, &ended, WEXITED | WNOWAIT), 0);
  hold_by_process(child);
  EXPECT_EQ(refusal(), "");
  ::waitpid(child, nullptr, 0);
}

TEST_F(RunLockTest, IsNotGuardedByRubbish) {
  for (const char* rubbish : {"", "{", "[]", "{\"host\":1}"}) {
    io::write_file(lock_file(), rubbish);
    EXPECT_EQ(refusal(), "") << rubbish;
  }
}

TEST_F(RunLockTest, NoticesThatItWasTakenOverAndLeavesItThen) {
  std::optional<RunLock> lock(std::in_place, folder_.path());
  lock->beat();
  held_by_another_machine(0);
  EXPECT_THROW(lock->beat(), LockLost);
  lock.reset();
  EXPECT_NE(io::read_file(lock_file()).find("elsewhere"), std::string::npos);
}

TEST_F(RunLockTest, SignsAgainWhereADriveHasLostTheFile) {
  RunLock lock(folder_.path());
  std::filesystem::remove(lock_file());
  lock.beat();
  EXPECT_NE(io::read_file(lock_file()).find("beat"), std::string::npos);
}

}  // namespace
}  // namespace rod::store
