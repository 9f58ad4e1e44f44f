#include "trainer/run/follow.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/machine.h"
#include "trainer/input/feed.h"
#include "trainer/learning/evaluate.h"
#include "trainer/learning/share.h"
#include "trainer/peers/command.h"
#include "trainer/tensor/device.h"

namespace rod {

int follow(const TrainConfig& config, const std::shared_ptr<Peers>& peers) {
  const torch::Device device = choose_device(config.device);
  const Manifest manifest = open_training_data(config);
  const Splits splits = open_splits(config, manifest, device);
  Learner learner =
      make_learner(config, static_cast<std::int64_t>(manifest.classes.size()), device);
  learner.ramp_steps = config.ramp_epochs * double(epoch_steps(config, splits));
  share(learner, peers, config);
  RunState state;
  copy_first(*peers, learner, state);
  Feed feed(learner.method.streams, splits, config, device, state.step, peers->slice());
  for (;;) {
    const Command command = exchange(*peers, {}).command;
    switch (command.what) {
      case Command::kStep:
        learner.step(config.seed, state.step++, feed.next());
        break;
      case Command::kEvaluate:
        evaluate(learner.network, command.argument == 0 ? splits.source_test : splits.target,
                 device, evaluate_options(config, command.argument == 1, peers),
                 [] { return false; });
        break;
      case Command::kEnd:
        if (command.argument == 0) return 0;
        throw Error(static_cast<ErrorKind>(command.argument),
                    fmt::format("process {} of {}: stopped with the first, whose message tells why",
                                peers->rank(), peers->count()));
    }
  }
}

}  // namespace rod
