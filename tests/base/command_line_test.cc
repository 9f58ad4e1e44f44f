#include "cli/command_line.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "tests/temporary_folder.h"

namespace rod {
namespace {

struct Outcome {
  int code = 0;
  std::string out, err;
  int batch_size = 64;
  std::uint64_t shard_bytes = 0;
};

// Runs a command with two options and the given body.
Outcome run(
    std::vector<std::string> arguments,
    const std::function<int(nlohmann::ordered_json&)>& body = [](auto&) { return 0; }) {
  Outcome outcome;
  cli::CommandLine line("prog", "Does something.", "prog --batch-size 32\nprog --json");
  line.app().add_option("--batch-size", outcome.batch_size, "pairs per batch");
  cli::add_size(line.app(), "--shard-size", outcome.shard_bytes, "bytes per shard");
  arguments.insert(arguments.begin(), "prog");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  outcome.code = line.run(static_cast<int>(argv.size()), argv.data(), body);
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.err = testing::internal::GetCapturedStderr();
  return outcome;
}

TEST(CommandLine, TakesHyphensAndUnderscoresForTheSame) {
  EXPECT_EQ(run({"--batch_size", "8"}).batch_size, 8);
  EXPECT_EQ(run({"--batch_size=9"}).batch_size, 9);
  EXPECT_EQ(run({"--batch-size=10"}).batch_size, 10);
}

TEST(CommandLine, ReadsATomlFileInEitherSpelling) {
  const TemporaryFolder folder;
  std::ofstream(folder / "run.toml") << "batch_size = 16\nshard-size = \"1MiB\"\n";
  const Outcome outcome = run({"--config", (folder / "run.toml").string()});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.batch_size, 16);
  EXPECT_EQ(outcome.shard_bytes, 1u << 20);
}

TEST(CommandLine, NamesTheFileThatStdFilesystemCannotUse) {
  const TemporaryFolder folder;
  const std::string missing = (folder / "missing").string();
  const Outcome outcome = run({}, [&](auto&) {
    std::filesystem::directory_iterator entries(missing);
    return 0;
  });
  EXPECT_EQ(outcome.code, 3);
  EXPECT_NE(outcome.err.find(missing + ": can't use it: No such file"), std::string::npos)
      << outcome.err;
}

TEST(CommandLine, RefusesUnknownNamesInATomlFile) {
  const TemporaryFolder folder;
  std::ofstream(folder / "run.toml") << "batchsize = 16\n";
  const Outcome outcome = run({"--config", (folder / "run.toml").string()});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("run.toml: there is no option 'batchsize'"), std::string::npos)
      << outcome.err;
}

TEST(CommandLine, RefusesNumbersThatAreNegativeOrNone) {
  const auto run_numbers = [](std::string argument) {
    cli::CommandLine line("prog", "Does something.", "prog --steps 1");
    std::uint64_t steps = 0;
    double rate = 0;
    line.app().add_option("--steps", steps, "how many");
    line.app().add_option("--rate", rate, "how fast");
    std::string name = "prog";
    char* argv[] = {name.data(), argument.data()};
    testing::internal::CaptureStderr();
    const int code = line.run(2, argv, [](auto&) { return 0; });
    return std::pair(code, testing::internal::GetCapturedStderr());
  };
  for (const char* argument :
       {"--steps=18446744073709551615", "--steps=0", "--rate=3e-4", "--rate=0"})
    EXPECT_EQ(run_numbers(argument).first, 0) << argument;
  for (const char* argument :
       {"--steps=-1", "--steps=18446744073709551616", "--steps=1.5", "--rate=-1", "--rate=nan",
        "--rate=inf", "--rate=1e999", "--rate=1x"}) {
    const auto [code, text] = run_numbers(argument);
    EXPECT_EQ(code, 2) << argument;
    EXPECT_NE(text.find("number from 0"), std::string::npos) << text;
  }
}

TEST(CommandLine, RefusesUnknownFlagsWithCodeTwoAndAHint) {
  const Outcome outcome = run({"--frobnicate"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("frobnicate"), std::string::npos);
  EXPECT_NE(outcome.err.find("prog --help"), std::string::npos);
}

TEST(CommandLine, NamesAnUnknownFlagBeforeWhatIsMissing) {
  cli::CommandLine line("prog", "Does something.", "prog FILE");
  std::string file;
  line.app().add_option("FILE", file, "a file")->required();
  std::string name = "prog", flag = "--frobnicate=1";
  char* argv[] = {name.data(), flag.data()};
  testing::internal::CaptureStderr();
  EXPECT_EQ(line.run(2, argv, [](auto&) { return 0; }), 2);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "prog: there is no option '--frobnicate'\nSee 'prog --help'.\n");
}

TEST(CommandLine, WithoutJobsTheyAreAnUnknownName) {
  const TemporaryFolder folder;
  std::ofstream(folder / "run.toml") << "jobs = 2\n";
  const auto code = [](bool with, std::vector<std::string> arguments) {
    cli::CommandLine line("prog", "Does something.", "prog");
    if (!with) line.without_jobs();
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    return line.run(static_cast<int>(argv.size()), argv.data(), [](auto&) { return 0; });
  };
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"prog", "--jobs", "2"},
        {"prog", "-j2"},
        {"prog", "--num_workers=2"},
        {"prog", "--config", (folder / "run.toml").string()}}) {
    EXPECT_EQ(code(true, arguments), 0) << arguments[1];
    EXPECT_EQ(code(false, arguments), 2) << arguments[1];
  }
  EXPECT_EQ(code(false, {"prog"}), 0);
}

TEST(CommandLine, RefusesASizeThatIsNone) {
  const Outcome outcome = run({"--shard-size", "huge"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("256MiB"), std::string::npos) << outcome.err;
}

TEST(CommandLine, ShowsExamplesInItsHelp) {
  const Outcome outcome = run({"--help"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.out.find("  prog --batch-size 32\n"), std::string::npos) << outcome.out;
}

TEST(CommandLine, PrintsOneJsonObjectAndNothingElse) {
  const Outcome outcome = run({"--json"}, [](nlohmann::ordered_json& report) {
    report["files"] = 3;
    return 0;
  });
  EXPECT_EQ(nlohmann::json::parse(outcome.out), nlohmann::json({{"files", 3}}));
}

TEST(CommandLine, TurnsAnErrorIntoItsExitCodeAndMessage) {
  const Outcome outcome = run(
      {"--json"}, [](nlohmann::ordered_json&) -> int { throw BadInput("x.tar: is no archive"); });
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.err, "prog: x.tar: is no archive\n");
  EXPECT_EQ(nlohmann::json::parse(outcome.out)["exit_code"], 3);
}

TEST(CommandLine, TakesMemoryThatRanOutForNoRoom) {
  EXPECT_EQ(run({}, [](nlohmann::ordered_json&) -> int { throw std::bad_alloc(); }).code, 4);
}

int seven(int, char**) {
  return 7;
}

int run_table(std::vector<std::string> arguments, std::string* err = nullptr) {
  constexpr cli::Command kCommands[] = {{"extract", "unpacks", seven}, {"cache", "decodes", seven}};
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = cli::run_command("prog", "Does things.", kCommands,
                                    static_cast<int>(argv.size()), argv.data());
  testing::internal::GetCapturedStdout();
  const std::string text = testing::internal::GetCapturedStderr();
  if (err != nullptr) *err = text;
  return code;
}

TEST(Commands, RunsTheOneThatIsNamed) {
  EXPECT_EQ(run_table({"prog", "cache"}), 7);
}

TEST(Commands, SuggestsTheNearestToAnUnknownName) {
  std::string err;
  EXPECT_EQ(run_table({"prog", "cahce"}, &err), 2);
  EXPECT_NE(err.find("did you mean 'prog cache'"), std::string::npos) << err;
}

TEST(Commands, PrintsTheTableWithoutAName) {
  std::string err;
  EXPECT_EQ(run_table({"prog"}, &err), 2);
  EXPECT_NE(err.find("unpacks"), std::string::npos);
  EXPECT_EQ(run_table({"prog", "--help"}), 0);
}

}  // namespace
}  // namespace rod
