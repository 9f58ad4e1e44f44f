#include "trainer/run/run_setup.h"

#include <utility>

#include "trainer/input/feed.h"
#include "trainer/input/splits.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {

RunSetup open_run(const TrainConfig& config, const shard::Manifest& manifest,
                  std::shared_ptr<ProcessGroup> group, const Say& say) {
  const torch::Device device = choose_device(config.device);
  Splits splits = open_splits(config, manifest, device, say);
  const TrainConfig decided = with_data_choices(config, manifest);
  const Schedule schedule(decided, epoch_steps(decided, splits));
  return {decided, std::move(group), device, manifest, std::move(splits), schedule};
}

CheckpointHead checkpoint_head(const RunSetup& setup, const RunState& state) {
  CheckpointHead head;
  head.state = state;
  head.epoch = state.step / setup.schedule.epoch_steps();
  head.options = result_options(setup.config);
  head.fingerprint = setup.manifest.fingerprint;
  head.classes = setup.classes();
  head.class_names = setup.manifest.classes;
  for (const StreamSpec& use : find_method(setup.config.method).streams) {
    head.streams[use.name] = stream_order(use, setup.splits, setup.config).position(state.step);
  }
  return head;
}

}  // namespace rod::trainer
