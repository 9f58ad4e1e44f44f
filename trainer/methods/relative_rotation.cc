// Learns the classes from the source, and from both domains the relative rotation of RGB and depth.
// Source: Loghmani et al., "Unsupervised domain adaptation through inter-modal rotation for RGB-D
// object recognition" (arXiv 2004.10016), section III.
#include "trainer/methods/losses.h"
#include "trainer/methods/pretext.h"

namespace rod::trainer {

extern const Method kRelativeRotation;
const Method kRelativeRotation{"rr",
                               "relative rotation: which of 4 rotations lies between RGB and depth",
                               pretext_streams(4),
                               pretext_losses(),
                               SecondHead::kRelativeRotation,
                               backward_of<rotation_loss>};

}  // namespace rod::trainer
