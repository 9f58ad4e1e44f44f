#include "trainer/train.h"

#include "trainer/training_run.h"

namespace rod {

int train(const TrainConfig& config, const std::string& config_toml,
          nlohmann::ordered_json& report) {
  TrainingRun run(config);
  run.start_or_resume(config_toml);
  for (;;) {
    run.evaluate_if_due();
    run.save_if_due();
    run.stop_if_asked();
    if (run.complete()) break;
    run.train_one_step();
    run.log_if_due();
  }
  run.summarise(report);
  return 0;
}

}  // namespace rod
