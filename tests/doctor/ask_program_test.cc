#include <gtest/gtest.h>

#include "doctor/machine_state.h"

namespace rod::doctor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(AskProgram, GivesWhatTheProgramPrints) {
  const auto answer = ask_program({"printf", "%s|", "two words", "$HOME"}, seconds(10));
  ASSERT_NE(found(answer), nullptr) << why_missing(answer);
  EXPECT_EQ(*found(answer), "two words|$HOME|") << "no shell looks at the words";
}

TEST(AskProgram, NamesAProgramThatIsNotInstalled) {
  EXPECT_EQ(why_missing(ask_program({"no-such-program-at-all"}, seconds(10))),
            "no-such-program-at-all is not installed");
}

TEST(AskProgram, TellsTheLastLineOfAFailure) {
  const auto answer =
      ask_program({"sh", "-c", "echo first; echo the driver sleeps >&2; exit 9"}, seconds(10));
  EXPECT_EQ(why_missing(answer), "sh failed: the driver sleeps");
}

TEST(AskProgram, AFailureOnStandardOutputIsToldToo) {
  EXPECT_EQ(why_missing(ask_program({"sh", "-c", "echo no driver; exit 9"}, seconds(10))),
            "sh failed: no driver");
}

TEST(AskProgram, WarningsAreNoPartOfTheAnswer) {
  const auto answer = ask_program({"sh", "-c", "echo a warning >&2; echo 2.11.0"}, seconds(10));
  ASSERT_NE(found(answer), nullptr);
  EXPECT_EQ(*found(answer), "2.11.0\n");
}

TEST(AskProgram, KillsAProgramThatHangs) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(why_missing(ask_program({"sleep", "1000"}, milliseconds(100))),
            "sleep gave no answer in 0.1 s");
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(100));
}

TEST(AskProgram, KillsAProgramThatClosesItsOutputAndHangs) {
  EXPECT_EQ(
      why_missing(ask_program({"sh", "-c", "exec >&- 2>&-; exec sleep 1000"}, milliseconds(200))),
      "sh gave no answer in 0.2 s");
}

TEST(AskProgram, CutsAnEndlessAnswer) {
  const auto answer = ask_program({"head", "-c", "3000000", "/dev/zero"}, seconds(30));
  ASSERT_NE(found(answer), nullptr);
  EXPECT_EQ(found(answer)->size(), std::size_t{1} << 20);
}

}  // namespace
}  // namespace rod::doctor
