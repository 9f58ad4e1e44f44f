// Which splits and which images of a data set a run takes where its options leave that open.
#pragma once

#include "shard/manifest.h"
#include "trainer/config.h"

namespace rod::trainer {

// `config` with `names`, `source`, `target`, `modality`, `depth_input` and `method` decided:
// - source: SOURCE-train and SOURCE-test where there is a SOURCE-train, else the split SOURCE and
//   its counterpart ("train" -> "test"). Without --source: synROD, or the one train split there is.
// - target: the split of that name. Without --target: ROD beside synROD, or the one split that is
//   left; with one train and one test split, the test split. A method that uses no target has none
//   then, but for ROD.
// - modality: both images, or the one that there is.
// - depth_input: surface normals of 16-bit depth, else what is stored; see with_depth_input().
// - method: rr, which compares two modalities; rotation where there is one. The result is the same
//   for a config that is decided already. Throws BadInput listing the splits there are,
//   Error(kUsage) when there is nothing to adapt to or to evaluate on; what find_method() throws.
TrainConfig with_data_choices(TrainConfig config, const shard::Manifest& manifest);

}  // namespace rod::trainer
