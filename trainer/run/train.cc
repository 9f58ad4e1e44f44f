#include "trainer/run/train.h"

#include "trainer/input/splits.h"
#include "trainer/learning/distribute.h"
#include "trainer/run/batch_size.h"
#include "trainer/run/training_run.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {

namespace {

int train_run(const TrainConfig& config, const shard::Manifest& manifest,
              const std::string& config_toml, nlohmann::ordered_json& report) {
  const std::shared_ptr<ProcessGroup> group = ProcessGroup::join();
  if (!group->alone()) require_agreement(*group, config, manifest.fingerprint);
  TrainingRun run(config, manifest, group);
  run.start_or_resume(config_toml);
  for (;;) {
    run.evaluate_if_due();
    run.save_if_due();
    if (run.complete()) break;
    const std::vector<Minibatch> minibatches = run.next_minibatches();
    run.stop_if_asked();
    run.train_one_step(minibatches);
    run.log_if_due();
  }
  run.finish(report);
  return 0;
}

}  // namespace

int train(const TrainConfig& config, const shard::Manifest& manifest,
          const std::string& config_toml, nlohmann::ordered_json& report) {
  try {
    return train_run(config, manifest, config_toml, report);
  } catch (const c10::Error& error) {
    if (!is_out_of_memory(error)) throw;
  }
  // Here the run and its memory are gone.
  throw out_of_memory_error(config, manifest);
}

}  // namespace rod::trainer
