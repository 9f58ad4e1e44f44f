#include "trainer/config.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rod::trainer {
namespace {

ErrorKind kind_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind{};
}

TEST(SaveEvery, IsATimeOrANumberOfSteps) {
  EXPECT_EQ(parse_save_every("90s").time.count(), 90);
  EXPECT_EQ(parse_save_every("90s").steps, 0u);
  EXPECT_EQ(parse_save_every("500steps").steps, 500u);
}

TEST(SaveEvery, RefusesWhatIsNeither) {
  for (const char* text : {"steps", "0steps", "-3steps", "5 steps", "soon", ""}) {
    EXPECT_EQ(kind_of([&] { parse_save_every(text); }), ErrorKind::kUsage) << text;
  }
}

TEST(ResultOptions, ComeBackAsTheyWere) {
  TrainConfig config;
  config.method = "source-only";
  config.lr = 0.1 + 0.2;
  config.seed = ~std::uint64_t{0};
  config.batch_size = 7;
  const auto text = result_options(config).dump();
  const TrainConfig back = config_from_options(nlohmann::json::parse(text), "a file");
  EXPECT_EQ(result_options(back), result_options(config));
  EXPECT_EQ(options_difference(nlohmann::json::parse(text), config), "");
}

TEST(ResultOptions, NameEveryDifference) {
  TrainConfig config;
  const nlohmann::json before = result_options(config);
  config.lr = 0.001;
  config.arch = "resnet34";
  config.epochs = 5;
  const std::string text = options_difference(before, config);
  EXPECT_NE(text.find("--lr: 0.0003 in the run so far, 0.001 now"), std::string::npos) << text;
  EXPECT_NE(text.find("--arch"), std::string::npos);
  EXPECT_EQ(text.find("epochs"), std::string::npos) << "how long may change";
}

TEST(ResultOptions, RefuseACheckpointThatLacksOne) {
  nlohmann::json options = result_options({});
  options.erase("seed");
  EXPECT_EQ(kind_of([&] { config_from_options(options, "a file"); }), ErrorKind::kBadInput);
}

TEST(ResultOptions, RefuseANumberThatNoOptionCanBe) {
  for (const char* number : {"1e99", "1.5", "-1", "4294967296", "true"}) {
    nlohmann::json options = result_options({});
    options["batch-size"] = nlohmann::json::parse(number);
    EXPECT_EQ(kind_of([&] { config_from_options(options, "a file"); }), ErrorKind::kBadInput)
        << number;
  }
}

}  // namespace
}  // namespace rod::trainer
