// Pictures of a run for its report and TensorBoard.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/methods/losses.h"
#include "trainer/pictures/png.h"

namespace rod::trainer {

using Confusion =
    std::vector<std::vector<std::uint64_t>>;  // [classes][classes]: by label, then by answer

// Draws the first pairs of a minibatch as the network sees them: RGB above depth, or a single row
// if the network has one modality. Waits for the device.
Picture batch_picture(const Minibatch& minibatch);

// Draws one row per label and one column per answer. The colour is the share of the label's
// samples: blue on the diagonal, where answers are correct, and red elsewhere.
Picture confusion_picture(const Confusion& confusion);

}  // namespace rod::trainer
