// What a person wants to see of a run, as pictures.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/methods/minibatch.h"
#include "trainer/pictures/png.h"

namespace rod::trainer {

using Confusion =
    std::vector<std::vector<std::uint64_t>>;  // [classes][classes]: by label, then by answer

// The first pairs of a minibatch as the network gets them: RGB above depth, or one of them where
// the network gets only one. Waits for the device.
Picture batch_picture(const Minibatch& minibatch);

struct Colour {
  std::uint8_t red, green, blue;
};

// A cell of a confusion matrix: `share` of the label's samples, in 0-1, got this answer, `right` or
// wrong.
Colour confusion_colour(double share, bool right);

// One row per label, one column per answer, the share of the label's samples as colour: blue on the
// diagonal, where answers are right, red elsewhere.
Picture confusion_picture(const Confusion& confusion);

}  // namespace rod::trainer
