#include "trainer/same_run.h"

#include <fmt/format.h>

#include "base/error.h"
#include "trainer/feed.h"

namespace rod {

void require_same_run(const Checkpoint& checkpoint, const TrainConfig& config,
                      const Manifest& manifest, const Splits& splits, const Method& method) {
  if (checkpoint.head.fingerprint != manifest.fingerprint) {
    throw BadInput(fmt::format(
        "{}: was trained on the data set {}, but {} is {}; give the same --data, or train "
        "with another --logdir",
        checkpoint.path, checkpoint.head.fingerprint, config.data.string(), manifest.fingerprint));
  }
  if (const std::string difference = options_difference(checkpoint.head.options, config);
      !difference.empty()) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format(
            "{}: the run was started with other options:\n{}Give the same, or train with another "
            "--logdir",
            checkpoint.path, difference));
  }
  for (const StreamUse& use : method.streams) {
    const auto expected = stream_order(use, splits, config).position(checkpoint.head.state.step);
    const auto found = checkpoint.head.streams.find(use.name);
    if (found == checkpoint.head.streams.end() || found->second.epoch != expected.epoch ||
        found->second.n != expected.n) {
      throw BadInput(fmt::format(
          "{}: the position of its stream {} is not the one after {} steps, epoch {} sample "
          "{}; it was written by another version of rodtrain",
          checkpoint.path, use.name, checkpoint.head.state.step, expected.epoch, expected.n));
    }
  }
}

}  // namespace rod
